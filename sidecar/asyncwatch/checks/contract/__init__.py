"""Payload, headers and key against the documented messages: the state of a message is decided here."""

from asyncwatch.checks.contract.check import ContractCheck

__all__ = ["ContractCheck"]
