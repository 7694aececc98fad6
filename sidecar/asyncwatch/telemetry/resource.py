"""Who we are in telemetry that is about ourselves.

Source: facts on telemetry §4 (R-self).
"""

from __future__ import annotations

from asyncwatch import __version__
from asyncwatch.config.settings import ResourceSettings
from asyncwatch.tracing import attributes as keys


def own_resource(settings: ResourceSettings) -> dict[str, str]:
    """Give the attributes of our own resource; what the user set wins."""
    return {
        keys.SERVICE_NAME: settings.service_name,
        keys.SERVICE_VERSION: __version__,
        keys.SERVICE_INSTANCE_ID: settings.instance_id,
        **settings.attributes,
    }
