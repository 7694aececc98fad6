"""What schemathesis must know of the API: a stream has no end unless one is asked for."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path.endswith("/stream") and "events" not in (case.query or {}):
        case.query = {**(case.query or {}), "events": 1}
