"""What of the document the traffic has shown: messages, fields, values; and what it has shown beside the document."""

from asyncwatch.checks.coverage.check import CoverageCheck

__all__ = ["CoverageCheck"]
