"""What makes a check fail."""

import pytest

from asyncwatch.cli.fail_on import compile_fail_on
from asyncwatch.model.errors import Misconfigured


@pytest.mark.parametrize(
    ("words", "rule", "severity", "fails"),
    [
        (None, "payload.schema", "error", True),
        (None, "sequence.gap", "warning", False),
        (["warning"], "sequence.gap", "warning", True),
        (["warning"], "headers.case", "info", False),
        (["info"], "headers.case", "info", True),
        (["none"], "payload.schema", "error", False),
        (["sequence.gap"], "sequence.gap", "warning", True),
        (["sequence.gap"], "payload.schema", "error", False),
        (["headers.case"], "headers.case", "info", True),
        (["headers"], "headers.case", "info", False),
        (["headers"], "headers.schema", "error", True),
        (["payload,sequence.gap"], "sequence.gap", "warning", True),
        (["error"], "document.reference", "error", False),
        (["document"], "document.reference", "error", True),
        (["document.reference"], "document.reference", "info", True),
    ],
)
def test_fail_on(words, rule, severity, fails):
    assert compile_fail_on(words).counts(rule, severity) is fails


def test_an_unknown_word_is_wrong_usage():
    with pytest.raises(Misconfigured, match="no severity, rule or family"):
        compile_fail_on(["payloads"])
