# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The `.tlog-proof` of one receipt: that it is in the log, for a reader who has the receipt and the keys only.

The format is c2sp.org/tlog-proof: a header, perhaps extra data, the index, the inclusion proof, the checkpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional, Tuple

from .._errors import InvalidReceipt
from .checkpoint import decode_base64, encode_base64, parse_checkpoint, parse_note
from .tree import HASH_BYTES, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX = "extra ", "index "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_MAX_HASHES = 64  # more than any tree has levels


@dataclass(frozen=True)
class TlogProof:
    """`index` counts from 0, `hashes` begin with the leaf's sibling, `note_text` is the checkpoint as it was signed.

    `extra` is not covered by any signature.
    """

    index: int
    hashes: Tuple[bytes, ...]
    note_text: str
    extra: Optional[bytes] = None


def format_proof(proof: TlogProof) -> str:
    """Return the content of a `.tlog-proof` file."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(_EXTRA + encode_base64(proof.extra))
    lines.append(f"{_INDEX}{proof.index}")
    lines += [encode_base64(one) for one in proof.hashes]
    return "\n".join(lines) + "\n\n" + proof.note_text


def parse_proof(text: str) -> TlogProof:
    """Take the content of a `.tlog-proof` file apart. Raises `InvalidReceipt`, which says in which line."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != HEADER:
        raise _bad(1, f"another first line, wanted {HEADER}")
    if not blank:
        raise _bad(len(lines), "no empty line after it, wanted one and the checkpoint")
    at = 1
    extra = None
    if lines[1:] and lines[1].startswith(_EXTRA):
        extra, at = decode_base64(lines[1][len(_EXTRA) :], "The proof, line 2"), 2
    index = lines[at] if at < len(lines) else ""
    if not index.startswith(_INDEX) or not _NUMBER.fullmatch(index[len(_INDEX) :]):
        raise _bad(at + 1, "no index, wanted `index <decimal number without leading zeroes>`")
    return TlogProof(int(index[len(_INDEX) :]), _hashes(lines, at + 1), note, extra)


def _hashes(lines: List[str], first: int) -> Tuple[bytes, ...]:
    if len(lines) - first > _MAX_HASHES:
        raise _bad(first + 1, f"{len(lines) - first} hashes, wanted {_MAX_HASHES} at most")
    hashes = tuple(decode_base64(line, f"The proof, line {at}") for at, line in enumerate(lines[first:], first + 1))
    for at, one in enumerate(hashes, first + 1):
        if len(one) != HASH_BYTES:
            raise _bad(at, f"{len(one)} bytes, wanted a hash of {HASH_BYTES}")
    return hashes


def leads_to_checkpoint(proof: TlogProof, leaf_hash: bytes) -> bool:
    """Tell whether the proof leads from a leaf to the root of its checkpoint, whose signatures this does not judge.

    Raises `InvalidReceipt` when the checkpoint is malformed.
    """
    checkpoint = parse_checkpoint(parse_note(proof.note_text))
    return verify_inclusion(proof.index, checkpoint.size, leaf_hash, proof.hashes, checkpoint.root)


def _bad(line: int, found: str) -> InvalidReceipt:
    return InvalidReceipt(f"The proof is malformed: line {line}: found {found}")
