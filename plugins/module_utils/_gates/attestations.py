# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate `provenance:attestations` (pure): whether a trusted key has signed a statement about every image.

Formats: in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md) and v0.1, which cosign still writes, in DSSE
envelopes of the payload type `application/vnd.in-toto+json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping, Sequence, Tuple

from .._errors import InvalidReceipt
from .._ledger.envelope import PAYLOAD_TYPE, Envelope, parse_json
from .._manifest.model import Attestations, Module
from .finding import Finding, judged
from .provenance import PROVENANCE

NAME = f"{PROVENANCE}:attestations"
STATEMENT_TYPES = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
_SHORT = 19  # characters of a digest that messages show: sha256: and 12 hex digits
_TOLD = 3  # statements about one image that do not count
_UNTRUSTED = "has no good signature of any of the keys"


@dataclass(frozen=True)
class Attestation:
    """A statement, where it lies, and whether a trusted key has signed it."""

    place: str
    digests: Tuple[str, ...]  # of its subjects: sha256:<64 hex>
    predicate_type: str
    trusted: bool


def attestation_of(envelope: Envelope, place: str, trusted: bool) -> Attestation:
    """Read the statement in an envelope. Raises `InvalidReceipt` for anything else."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise InvalidReceipt(f"found the payload type {envelope.payload_type[:80]!r}, wanted {PAYLOAD_TYPE}")
    data = parse_json(envelope.payload)
    if not isinstance(data, dict) or data.get("_type") not in STATEMENT_TYPES:
        raise InvalidReceipt(f"found no in-toto statement, wanted the type {STATEMENT_TYPES[0]}")
    subjects, kind = data.get("subject"), data.get("predicateType")
    if not isinstance(subjects, list) or not isinstance(kind, str):
        raise InvalidReceipt("found a statement without subjects or without a predicate type")
    return Attestation(place, tuple(_digests(subjects)), kind, trusted)


def _digests(subjects: Iterable[Any]) -> Iterator[str]:
    for one in subjects:
        digest = one.get("digest") if isinstance(one, dict) else None
        if isinstance(digest, Mapping) and isinstance(digest.get("sha256"), str):
            yield f"sha256:{digest['sha256']}"


def judge_attestations(
    modules: Sequence[Module], asked: Attestations, found: Sequence[Attestation], unread: Sequence[str]
) -> Finding:
    """Judge the images of all modules but those of others. `unread` says which files could not be read, and why.

    Where one could not, an image without a good statement is INCONCLUSIVE: it may lie there.
    """
    own = [module for module in modules if not module.third_party]
    bad = [f"{one.name}: {fault}" for one in own for fault in _faults(one, asked, found)]
    types = " or ".join(asked.predicate_types) or "any type"
    wanted = f"for each image a statement of {types}, signed by one of {len(asked.keys)} keys of the manifest"
    remedy = f"have CI attest the image, and put the envelope (DSSE, *.json or *.jsonl) into {asked.folder}"
    good = f"{len(own)}/{len(own)} images are attested"
    if bad and unread:
        return judged([], [*bad, *unread[:_TOLD]], good, wanted, remedy)
    return judged(bad, [], good, wanted, remedy)


def _faults(module: Module, asked: Attestations, found: Sequence[Attestation]) -> Iterator[str]:
    about = [one for one in found if module.digest and module.digest in one.digests]
    fitting = [one for one in about if not asked.predicate_types or one.predicate_type in asked.predicate_types]
    if any(one.trusted for one in fitting):
        return
    if not about:
        others = f", of {len(found)} that are there" if found else ""
        yield f"no statement names {module.digest[:_SHORT]}{others}"
    for one in about[:_TOLD]:
        yield f"{one.place} " + (_UNTRUSTED if one in fitting else f"is of the type {one.predicate_type}")
