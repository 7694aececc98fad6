"""A document under strict reading: what the grammar and the rules look at."""

from __future__ import annotations

from dataclasses import dataclass

from asyncwatch.contract.entities import Contract
from asyncwatch.contract.findings import Findings
from asyncwatch.contract.references import Documents
from asyncwatch.contract.sites import Site


@dataclass(frozen=True, slots=True)
class Inspected:
    """The document's text and what the tolerant reader made of it; strict findings are collected apart.

    `minor` is one that is known: a document of a later minor is read as the last one.
    """

    documents: Documents
    root: Site
    major: int
    minor: int
    contract: Contract
    findings: Findings
