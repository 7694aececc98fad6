"""The configuration of a command: read once, its warnings told once."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from asyncwatch.config.configuration import Configuration, load_configuration
from asyncwatch.config.settings import ReferenceSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.telemetry.happenings import Warned, emit
from asyncwatch.telemetry.log import set_up_log

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]


@functools.cache
def configuration(path: str | None) -> Configuration:
    """Give what file and variables say; `path` is `--config`, None leaves it to ASYNCWATCH_CONFIG.

    Raises: MisconfiguredAll.
    """
    return load_configuration(path, os.environ)


def start_log(path: str | None, level: str | None, form: LogFormat | None, default: LogLevel) -> tuple[str, LogFormat]:
    """Set up the log as flags, configuration or default want it, and say what is odd about the configuration.

    Raises: MisconfiguredAll.
    """
    found = configuration(path)
    chosen_level = level or found.text("log", "level") or default
    chosen_form: LogFormat = form or ("json" if found.text("log", "format") == "json" else "text")
    set_up_log(chosen_level, chosen_form)
    for warning in found.warnings:
        emit(Warned(what=warning))
    return chosen_level, chosen_form


def references(found: Configuration, allow: Sequence[str] | None, folder: str | None) -> ReferenceSettings:
    """Give where references of documents may lead: as the flags say, else as it is configured.

    Raises: Misconfigured for a folder that is none.
    """
    settings = found.references()
    if folder is not None and not os.path.isdir(folder):
        raise Misconfigured(f"--reference-folder '{folder}' is no folder")
    return replace(settings, allow=tuple(allow or settings.allow), folder=folder or settings.folder)


def documents(given: list[str] | None, path: str | None) -> list[str]:
    """Give the documents that the command names, else those of the configuration.

    Raises: Misconfigured where there are none.
    """
    found = given or configuration(path).specs()
    if not found:
        raise Misconfigured(
            "no document is named", hint="write asyncwatch COMMAND SPEC..., or set specs in a configuration file"
        )
    return found
