"""Commands run in this process here: what they do to the log is undone, so that no other test meets it."""

import pytest

from asyncwatch.telemetry.log import LOGGER


@pytest.fixture(autouse=True)
def log_as_it_was():
    before = (list(LOGGER.handlers), list(LOGGER.filters), LOGGER.level, LOGGER.propagate)
    yield
    LOGGER.handlers[:], LOGGER.filters[:] = before[0], before[1]
    LOGGER.setLevel(before[2])
    LOGGER.propagate = before[3]
