"""What a process reads where several divide the partitions: workers of one run (--workers), members of a group (--group)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asyncwatch.cli.observing import Observing
from asyncwatch.contract.entities import Contract
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.build import Plan
from asyncwatch.pipeline.lagging import documented_groups
from asyncwatch.taps.base import Places, Share, TapSpec
from asyncwatch.taps.registry import tap_for


@dataclass(frozen=True, slots=True)
class Part:
    """One worker's part: number `index` of `of`, the secret that names keys alike in all of them, and where it goes on."""

    index: int
    of: int
    secret: bytes
    resume: Mapping[str, Places] = field(default_factory=dict)

    def reads(self, spec: TapSpec) -> bool:
        """Tell whether this worker reads a server: one that cannot be divided is left to the first."""
        return self.index == 0 or spec.shares


def tap_options(
    spec: TapSpec,
    server: str,
    group: str | None,
    part: Part | None,
    left: tuple[str | None, Places] | None = None,
) -> dict[str, object]:
    """Give the options that a tap is opened with; `left`: cluster and places of a reader that is gone, from which it goes on."""
    if group is not None and spec.group_footprint is not None:
        return {"group": group}
    moved: dict[str, object] = {}
    if left is not None and left[0] is not None and spec.shares:
        moved = {"resume": left[1], "resume_cluster": left[0]}
    if part is None or not spec.shares:
        return moved
    return {"share": Share(part.index, part.of), "resume": part.resume.get(server, {})} | moved


def footprint(spec: TapSpec, group: str | None) -> str:
    """Say what a tap leaves on the broker."""
    if group is not None and spec.group_footprint is not None:
        return spec.group_footprint.replace("{group}", group)
    return spec.footprint


def shared_servers(plan: Plan) -> list[str]:
    """Give the servers whose partitions can be divided."""
    return [name for name, settings in plan.settings.items() if (spec := tap_for(settings.protocol)) and spec.shares]


def check_dividing(observing: Observing, contracts: Sequence[Contract], plan: Plan) -> None:
    """See that workers and group can be had. Raises: MisconfiguredAll."""
    faults: list[Misconfigured] = []
    if observing.workers > 1 and not shared_servers(plan):
        faults.append(
            Misconfigured("--workers: no server has partitions to divide", hint="only those of Kafka can be divided")
        )
    group = observing.group
    if group is not None:
        faults += _group_faults(group, contracts, plan)
    if faults:
        raise MisconfiguredAll(faults)


def _group_faults(group: str, contracts: Sequence[Contract], plan: Plan) -> list[Misconfigured]:
    faults = [
        Misconfigured(
            f"--group: server '{name}' has no consumer groups, two sidecars would both read all of it",
            hint="name the servers to read with --server",
        )
        for name, settings in plan.settings.items()
        if (spec := tap_for(settings.protocol)) is not None and spec.group_footprint is None
    ]
    faults += [
        Misconfigured(
            f"--group '{group}': {contract.source} names this group for a service",
            detail="as a member of it asyncwatch would take messages away from that service",
            hint="choose a name of its own, for example asyncwatch",
        )
        for contract in contracts
        if group in documented_groups([contract])
    ]
    if not group or len(group) > 200 or not group.isprintable():
        faults.append(Misconfigured("--group needs a printable name of at most 200 characters"))
    return faults
