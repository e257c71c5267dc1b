# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `provenance` (pure): whether every image was made from what the manifest says.

An image says so by the labels of its configuration (image-spec, annotations.md), which its digest covers. They are read
on the hosts that have the image, else where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple

from .._manifest.build import REVISION_LABEL, SOURCE_LABEL
from .._manifest.model import BUILD, SSH, Manifest, Module
from .._manifest.pushed import same_address
from .._schema.wording import quoted
from .finding import Finding, judged

PROVENANCE = "provenance"
_WANTED = "every image there, with the revision and the source of the manifest in its labels"
_REMEDY = (
    "build and push it from that commit (mint.promotion.build), or pin the image that was (mint.promotion.pin); "
    "`docker image inspect` shows the labels"
)

Evidence = Mapping[str, Any]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Held:
    """What the hosts of a run say of one module's image, before they have it all."""

    missing: bool = False  # a host still has to get it: it does not have it and does not build it
    sent: bool = False  # such a host gets it from the control node
    known: bool = False  # such a host was told by its registry that it is there
    absent: str = ""  # what such a host was told by a registry that does not have it
    labels: Tuple[Labels, ...] = ()  # on the hosts that have it


@dataclass(frozen=True)
class Seen:
    """What the control node saw of an image that a host still has to get. `labels` has one for each platform."""

    labels: Tuple[Labels, ...] = ()
    reason: str = ""  # why there are none


def held_by_hosts(module: str, evidence: Mapping[str, Optional[Evidence]]) -> Held:
    """Return what the evidence of all hosts says of a module's image."""
    told = [one for host in evidence.values() for one in _images(host) if one["module"] == module]
    missing = [one for one in told if not one["here"] and one.get("source") != BUILD]
    reasons = [str(one.get("reason") or "it is not in its registry") for one in missing if one["registry"] is False]
    return Held(
        missing=bool(missing) or not told,
        sent=any(one.get("source") == SSH for one in missing),
        known=any(one["registry"] for one in missing),
        absent=reasons[0] if reasons else "",
        labels=tuple(one["labels"] for one in told if one["here"] and one.get("labels") is not None),
    )


def _images(evidence: Optional[Evidence]) -> Sequence[Mapping[str, Any]]:
    return ((evidence or {}).get("images") or {}).get("value") or ()


def to_look_up(manifest: Manifest, evidence: Mapping[str, Optional[Evidence]]) -> Tuple[Tuple[Module, Held], ...]:
    """Return the modules whose image the control node has to look at, with what the hosts say of it.

    Of an image of others it is enough that it is there.
    """
    held = ((module, held_by_hosts(module.name, evidence)) for module in manifest.modules)
    return tuple((module, one) for module, one in held if one.missing and not (module.third_party and one.known))


def judge_provenance(
    manifest: Manifest, evidence: Mapping[str, Optional[Evidence]], seen: Mapping[str, Seen]
) -> Finding:
    """Judge the images of all modules; `seen` has those of `to_look_up`."""
    bad: List[str] = []
    unknown: List[str] = []
    proven = 0
    for module in manifest.modules:
        held, looked = held_by_hosts(module.name, evidence), seen.get(module.name, Seen())
        differences = list(_differences(module, manifest.repository, held, looked))
        gaps = list(_gaps(module, held, looked))
        proven += not differences and not gaps
        bad += [f"{module.name}: {one}" for one in dict.fromkeys(differences)]
        unknown += [f"{module.name}: {one}" for one in dict.fromkeys(gaps)]
    counts = f"{proven}/{len(manifest.modules)} images"
    return replace(judged(bad, unknown, f"{counts} are what the manifest says", _WANTED, _REMEDY), counts=counts)


def _differences(module: Module, repository: str, held: Held, seen: Seen) -> Iterator[str]:
    if held.absent:
        yield held.absent
    for labels in () if module.third_party else (*held.labels, *seen.labels):
        revision, source = labels.get(REVISION_LABEL), labels.get(SOURCE_LABEL)
        if revision != module.revision:
            found = f"is {quoted(revision)}" if revision else "is not there"
            yield f"the label {REVISION_LABEL} {found}, its revision in the manifest is {module.revision}"
        if source and same_address(source) != same_address(repository):
            yield f"the label {SOURCE_LABEL} is {quoted(source)}, source.repository in the manifest is {repository}"


def _gaps(module: Module, held: Held, seen: Seen) -> Iterator[str]:
    """Yield what could not be told of an image."""
    if seen.reason and not held.absent:
        yield seen.reason
    if not module.third_party and any(not one.get(SOURCE_LABEL) for one in (*held.labels, *seen.labels)):
        yield f"it has no label {SOURCE_LABEL}"
