# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Earlier receipts that can stand for a gate (pure): it asked the same, of the same inputs, and PASSED."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, FrozenSet, Iterator, Mapping, Sequence, Tuple

from .._errors import InvalidReceipt
from .._gates.model import FAILED, PASSED
from .envelope import peek_payload
from .history import History, log_fault
from .schema import KEY_PREDICATE
from .verdicts import INVALID
from .verify_integrity import CHECKPOINT, read_signed
from .verify_keys import Checked, KeyHistory, Trust
from .verify_receipts import GATE, Receipt, instant, place_receipts, read_receipt

_KEY_MARK = KEY_PREDICATE.encode("ascii")


@dataclass(frozen=True)
class Standing:
    """A receipt of a gate that PASSED of itself.

    `time` (UTC) is when it says that it was stated: that of its place is younger where it came here by an import.
    """

    digest: str  # sha256:<hex> of its line
    time: datetime
    found: str
    wanted: str
    counts: str


def standing_receipts(
    history: History, lines: Sequence[bytes], stack: str, wanted: Mapping[str, str], trust: Trust
) -> Dict[str, Standing]:
    """Return the receipt stated last that can stand for each gate. `wanted` maps gates to their inputs (sha256:<hex>).

    One that FAILED of the same inputs undoes those stated before it. Each is signed by a gate key that was valid at its
    place, in a log that fits its checkpoint, which a trusted key has signed. Only the lines that name one of the
    inputs are looked at closely. Raises `InvalidReceipt` for a log that is not well.
    """
    fault = log_fault(history)
    if fault:
        raise InvalidReceipt(fault)
    keys = KeyHistory()
    last: Dict[str, Tuple[Standing, str]] = {}  # what each gate said last of these inputs, PASSED or FAILED
    for receipt, verdict, standing in _candidates(lines, frozenset(wanted.values()), trust, keys):
        said, gate = receipt.facts, str(receipt.facts["gate"])
        same = (said["stack"], f"sha256:{said['inputs']}") == (stack, wanted.get(gate))
        later = gate not in last or standing.time >= last[gate][0].time
        if same and verdict in (PASSED, FAILED) and not said["reused"] and later:
            last[gate] = (standing, verdict)
    found = {gate: standing for gate, (standing, verdict) in last.items() if verdict == PASSED}
    if found:
        read_signed(history.note, CHECKPOINT, trust, keys, len(lines))
    return found


def _candidates(
    lines: Sequence[bytes], inputs: FrozenSet[str], trust: Trust, keys: KeyHistory
) -> Iterator[Tuple[Receipt, str, Standing]]:
    """Yield the good receipts of gates that name one of the inputs, with their verdicts.

    `keys` learns from those of keys on the way.
    """
    statements: Dict[int, Mapping[str, Any]] = {}
    for receipt in place_receipts(_read(lines, inputs, trust, statements), trust, keys):
        if receipt.kind == GATE and receipt.notes.verdict != INVALID:
            predicate = statements[receipt.index]["predicate"]
            told, stated = predicate["found"][0], instant(predicate["recordedOn"])
            standing = Standing(receipt.digest, stated, told["found"], told["wanted"], told.get("counts", ""))
            yield receipt, str(predicate["verdict"]), standing


def _read(
    lines: Sequence[bytes], inputs: FrozenSet[str], trust: Trust, statements: Dict[int, Mapping[str, Any]]
) -> Iterator[Tuple[Receipt, Checked]]:
    """Read the lines that matter, and leave their `statements` by the indexes of the lines."""
    marks = (_KEY_MARK, *(digest.partition(":")[2].encode("ascii") for digest in inputs))
    for index, line in enumerate(lines):
        payload = peek_payload(line)
        if any(mark in payload for mark in marks):
            receipt, checked, statements[index] = read_receipt(index, line, trust)
            yield receipt, checked
