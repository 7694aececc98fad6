"""CloudEvents attributes, whether they came as headers or inside the payload."""

from __future__ import annotations

from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.ordering.lookup import first_present, present
from asyncwatch.ordering.names import CE_ID, CE_SEQUENCE, CE_SOURCE, CE_TIME, CONTENT_TYPE, STRUCTURED, cloudevents

HEADERS = (*CE_SEQUENCE, *CE_SOURCE, *CE_ID, *CE_TIME, CONTENT_TYPE)


def is_structured(route: Route) -> bool:
    """Tell whether the document says that payloads are whole CloudEvents."""
    return any(candidate.content_type.lower().startswith(STRUCTURED) for candidate in route.candidates)


def attribute(obs: Observation, name: str, *, structured: bool) -> list[object] | None:
    """Give a CloudEvents attribute of each row."""
    binary = first_present(obs, cloudevents(name))
    column = None if binary is None else binary[1]
    if structured or _has_structured(obs):
        values = obs.values or ()
        found = [
            value.get(name) if isinstance(value, dict) and isinstance(value.get("specversion"), str) else None
            for value in values
        ]
        if column is None:
            return found if any(one is not None for one in found) else None
        for row, one in enumerate(found):
            if column[row] is None:
                column[row] = one
    return column


def _has_structured(obs: Observation) -> bool:
    column = present(obs, CONTENT_TYPE)
    if column is None:
        return False
    return any(isinstance(kind, bytes) and kind.lower().startswith(STRUCTURED.encode()) for kind in set(column))
