"""A web server on this machine that gives files well, badly, slowly or without end, and notes what it was asked."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[BaseHTTPRequestHandler], None]


class WebFiles:
    """`paths`: what is answered, bytes for 200, or a function; `asked`: paths in their order, with headers."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.paths: dict[str, bytes | Respond] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def names(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def web_files(tls: ssl.SSLContext | None = None) -> Iterator[WebFiles]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            files.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            found = files.paths.get(self.path)
            try:
                if found is None:
                    answer(self, 404, b"not here")
                elif isinstance(found, bytes):
                    answer(self, 200, found)
                else:
                    found(self)
            except OSError:  # the client left, which is what these tests want
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Say nothing: clients leave as soon as they have enough."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    files = WebFiles(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def redirect(to: str, status: int = 302) -> Respond:
    return lambda request: answer(request, status, Location=to)


def tagged(body: bytes, etag: str) -> Respond:
    def respond(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("If-None-Match") == etag:
            answer(request, 304)
        else:
            answer(request, 200, body, ETag=etag)

    return respond


def endless(head: bytes, piece: bytes, pause_s: float) -> Respond:
    """Write a head, and then a piece again and again until the client leaves."""

    def respond(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(head)
        while True:
            request.wfile.write(piece)
            request.wfile.flush()
            if pause_s:
                time.sleep(pause_s)

    return respond
