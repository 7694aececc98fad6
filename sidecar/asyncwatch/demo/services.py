"""The services of the demo: what each sends, and the fault it makes, by its own schedule.

Rule 1: everything follows from the seed and the time that has passed, so that two demos tell the same story.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import orjson

from asyncwatch.model.clock import format_time

_SEED: Final = 20
_TRANSIT_NS: Final = 1_000_000


class Sent:
    """Builds the capture lines of one moment."""

    def __init__(self, now_ns: int, chance: random.Random) -> None:
        self.now_ns = now_ns
        self.chance = chance
        self.lines: list[bytes] = []

    def send(
        self, address: str, key: str, payload: object, *, sequence: int | None = None, traced: bool = True
    ) -> None:
        """Send a message: its timestamp lies a few milliseconds back, as a broker's would."""
        delay_ns = int(self.chance.lognormvariate(1.2, 0.6) * _TRANSIT_NS)
        headers: list[list[str]] = []
        if traced:
            trace, span = self.chance.getrandbits(128) or 1, self.chance.getrandbits(64) or 1
            headers.append(["traceparent", f"00-{trace:032x}-{span:016x}-{self.chance.random() < 0.1:02x}"])
        if sequence is not None:
            headers.append(["sequence_id", str(sequence)])
        self.lines.append(
            orjson.dumps(
                {
                    "server": "demo", "address": address, "key": key, "headers": headers,
                    "timestamp": format_time(self.now_ns - delay_ns), "timestamp_source": "broker",
                    "payload": orjson.dumps(payload).decode(),
                }
            )
            + b"\n"
        )  # fmt: skip


class Sequence:
    """A producer's own numbers; some are held back or left out on purpose."""

    def __init__(self) -> None:
        self._next = 0

    def take(self) -> int:
        self._next += 1
        return self._next


Service = Callable[[Sent, int], None]
"""(what is sent, how many-th message of this service)"""


def _loan_gateway() -> Service:
    numbers = Sequence()

    def submit(sent: Sent, n: int) -> None:
        application = f"app-{n}"
        sent.send(
            "loans.applications.submitted", "gateway",
            {
                "gateway": "web", "applicationId": application, "amount": round(sent.chance.uniform(500, 40_000), 2),
                "currency": sent.chance.choice(["EUR", "USD", "GBP"]), "submittedAt": format_time(sent.now_ns),
            },
            sequence=numbers.take(),
        )  # fmt: skip
        if n % 2 == 0:
            sent.send("loans.decisions.made", application, {"applicationId": application, "approved": n % 3 > 0})

    return submit


def _scoring_engine() -> Service:
    numbers = Sequence()

    def score(sent: Sent, n: int) -> None:
        application = f"app-{n}"
        sent.send(
            "credit.scores.requested", "gateway",
            {"gateway": "web", "applicationId": application, "bureau": sent.chance.choice(["north", "south"])}, sequence=numbers.take(),
        )  # fmt: skip
        if n % 40 == 0:
            answer: dict[str, object] = {
                "kind": "failed",
                "applicationId": application,
                "reason": "bureau did not answer",
            }
        else:
            answer = {"kind": "completed", "applicationId": application, "score": sent.chance.randint(300, 850)}
        sent.send("credit.scores.completed", application, answer, traced=n % 5 > 0)

    return score


def _payments() -> Service:
    numbers = Sequence()

    def settle(sent: Sent, n: int) -> None:
        payment: dict[str, object] = {
            "account": "main",
            "paymentId": f"pay-{n}",
            "amount": round(sent.chance.uniform(5, 900), 2),
        }
        if n < 60 or n % 50:  # one release of the service forgets the date
            payment["settlementDate"] = format_time(sent.now_ns)[:10]
        number = numbers.take()
        sent.send("payments.settled", "payments", payment, sequence=number, traced=n % 6 > 0)
        if n % 300 == 0:  # a retry after a time-out sends the same payment again
            sent.send("payments.settled", "payments", payment, sequence=number)

    return settle


def _shipments(carrier: str) -> Service:
    numbers = Sequence()
    held: list[int] = []

    def move(sent: Sent, n: int) -> None:
        parcel = {
            "carrier": carrier, "parcelId": f"parcel-{n}", "place": sent.chance.choice(["harbour", "depot", "door"]),
            "weightKg": round(sent.chance.uniform(0.1, 30), 1) if n % 70 else "heavy",
        }  # fmt: skip
        number = numbers.take()
        address = f"shipments.{carrier}.moved"
        if n % 400 == 25:  # lost for good
            number = numbers.take()
        elif n % 150 == 60:  # overtaken, comes five seconds later
            held.append(number)
            number = numbers.take()
        sent.send(address, carrier, parcel, sequence=number)
        if held and n % 150 == 160 - 150:
            sent.send(address, carrier, parcel, sequence=held.pop(0))

    return move


def _others() -> Service:
    def send(sent: Sent, n: int) -> None:
        sent.send("notifications.email.queued", f"mail-{n}", {"to": "somebody", "template": n % 7})
        if n % 6 == 0:
            sent.send("audit.raw", "audit", {"line": n}, traced=False)

    return send


class LendingPlatform:
    """All services together; `lines` gives what they send up to a moment."""

    def __init__(self) -> None:
        self._chance = random.Random(_SEED)  # noqa: S311 # a story, no secret
        self._services: list[tuple[float, Service]] = [
            (40.0, _loan_gateway()), (25.0, _scoring_engine()), (60.0, _payments()),
            (14.0, _shipments("hare")), (6.0, _shipments("tortoise")), (8.0, _others()),
        ]  # fmt: skip
        self._sent = [0] * len(self._services)

    def lines(self, elapsed_s: float, now_ns: int) -> Iterator[bytes]:
        """Give the lines that are due when so much time has passed."""
        moment = Sent(now_ns, self._chance)
        for index, (rate, service) in enumerate(self._services):
            while self._sent[index] < int(elapsed_s * rate):
                self._sent[index] += 1
                service(moment, self._sent[index])
        yield from moment.lines
