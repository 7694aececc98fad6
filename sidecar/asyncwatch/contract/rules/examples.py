"""Examples of messages fit the schemas of their payload and headers.

The official parser tries them in 2.x only, each against the schemas that stand beside it, traits left aside; where
`schemaFormat` stands, it leaves headers out. Everything else that does not fit is a warning.
Source: AsyncAPI 2.6, "Message Example Object"; 3.1, the same.
"""

from __future__ import annotations

from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.rules.judging import faults_of, is_lenient
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.sites import Pointer, Site
from asyncwatch.model.route import Schema
from asyncwatch.model.severity import Severity


def fitting_examples(survey: Survey) -> None:
    """Try every example of every message and trait."""
    tried = _Tried(survey)
    if survey.major == 2:
        for holder in [*survey.messages, *survey.message_traits]:
            tried.beside(holder)
    for message in survey.messages:
        tried.merged(message)


class _Tried:
    """Tries examples; what was found once is not told again for the merged message."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._broken: set[tuple[str, Pointer]] = set()

    def beside(self, holder: Named) -> None:
        """Try examples against the schemas that stand beside them."""
        site, judges = holder.site, self._survey.judges
        examples = site.child("examples")
        if examples is None or not isinstance(examples.value, list) or not examples.value:
            return
        given = site.child("schemaFormat")
        payload = None
        if given is None or isinstance(given.value, str):
            payload = judges.schema(site.child("payload"), None if given is None else str(given.value))
        headers = judges.schema(site.child("headers"))
        self._try(examples, holder.what, payload, headers, "error", "error" if given is None else "warning")

    def merged(self, message: Named) -> None:
        """Try the examples that a message has after its traits."""
        survey, site = self._survey, message.site
        traits = survey.traits_of(site)
        if survey.major == 2 and not traits:
            return
        # Lists are replaced, not joined: the last one that is merged in is the one that counts.
        in_order = [site, *traits] if survey.major == 2 else [*traits, site]
        listed = [one for holder in in_order if (one := holder.child("examples")) is not None]
        merged = survey.merged(site)
        if not listed or not isinstance(listed[-1].value, list) or merged is None:
            return
        given = merged.child("schemaFormat")
        schema_format = given.value if given is not None and isinstance(given.value, str) else None
        payload = survey.judges.schema(merged.child("payload"), schema_format)
        headers = survey.judges.schema(merged.child("headers"))
        self._try(listed[-1], message.what, payload, headers, "warning", "warning")

    def _try(
        self, examples: Site, what: str, payload: Schema | None, headers: Schema | None,
        of_payload: Severity, of_headers: Severity,
    ) -> None:  # fmt: skip
        for number, example in enumerate(examples.items(), 1):
            for part, schema, severity in (("payload", payload, of_payload), ("headers", headers, of_headers)):
                site = example.child(part)
                if site is not None and schema is not None:
                    self._judge(site, schema, f"example {number} of {what}, {part}", severity)

    def _judge(self, site: Site, schema: Schema, what: str, severity: Severity) -> None:
        place = (site.file, site.pointer)
        if place in self._broken:
            return
        try:
            value = self._survey.judges.value(site)
        except Unresolvable as error:
            if error.rule == "document.reference-loop":
                self._survey.leave_out(f"{what}, whose references have no end", site)
            return
        for fault, where in faults_of(schema, value, site):
            self._broken.add(place)
            passes = severity == "error" and is_lenient(fault, value)
            self._survey.add("document.example", "warning" if passes else severity, f"{what}: {fault.summary}", where)
