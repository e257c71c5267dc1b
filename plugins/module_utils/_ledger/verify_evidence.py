# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the files beside the receipts of a run are those that the log means (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence

from .._data import sha256_digest
from .._errors import InvalidReceipt
from .envelope import parse_json
from .model import OUTPUT_FILE, RECEIPT_FILE, RENDERING_FILE
from .render import renderings
from .render_gate import command_runs, gate_markdown
from .verify_receipts import GATE, Receipt

_RENDERINGS = (RENDERING_FILE, OUTPUT_FILE)
Statement = Mapping[str, Any]
Session = Mapping[str, bytes]  # the files in sessions/R<run key>, by name


@dataclass(frozen=True)
class Beside:
    """The files of one run, with their digests."""

    files: Session
    digests: Mapping[str, str]

    @classmethod
    def of(cls, files: Session) -> Beside:
        return cls(files, {name: sha256_digest(content) for name, content in files.items()})


def judge_evidence(receipt: Receipt, statement: Statement, beside: Beside) -> None:
    """Compare the files that a gate or a deployment was judged by with the digests that it names."""
    predicate = statement["predicate"]
    named: Sequence[Mapping[str, Any]] = predicate["configuration" if receipt.kind == GATE else "files"]
    for one in named:
        where, wanted = _where(receipt, one["name"]), f"sha256:{one['digest']['sha256']}"
        found = beside.digests.get(one["name"])
        if found is None:
            receipt.notes.untold(f"{where} is missing")
        elif found != wanted:
            receipt.notes.invalid(f"{where} was altered: found {found}, wanted {wanted}")


def judge_commands(gate: Receipt, statement: Statement, beside_of: Callable[[str], Beside]) -> None:
    """Compare what lies in the folders of the commands that a gate ran with what its receipt says of them."""
    for run in command_runs(statement):
        beside, folder = beside_of(run["runKey"]), f"sessions/R{run['runKey']}"
        found, wanted = beside.digests.get(OUTPUT_FILE), f"sha256:{run['output']['sha256']}"
        if found is None:
            gate.notes.untold(f"{folder}/{OUTPUT_FILE} is missing")
        elif found != wanted:
            gate.notes.invalid(f"{folder}/{OUTPUT_FILE} was altered: found {found}, wanted {wanted}")
        if RECEIPT_FILE in beside.files and _read(beside.files[RECEIPT_FILE]) != statement:
            gate.notes.invalid(f"{folder}/{RECEIPT_FILE} is not the statement of line {gate.line}")
        text = gate_markdown(statement, run).encode("utf-8")
        if beside.files.get(RENDERING_FILE, text) != text:
            gate.notes.warn(f"{folder}/{RENDERING_FILE} is not what this version makes of line {gate.line}")


def judge_renderings(outcome: Receipt, statement: Statement, beside: Beside) -> None:
    """Compare the renderings of an outcome, byte by byte, with what is rebuilt from its statement in the log.

    Where this version renders otherwise than the one that wrote it, the digests in the statement decide.
    """
    _judge_text(outcome, statement, beside)
    signed = {one["name"]: f"sha256:{one['digest']['sha256']}" for one in statement["predicate"]["renderings"]}
    there = not beside.files.keys().isdisjoint(_RENDERINGS)
    rebuilt = renderings(statement) if there else {}
    for name in _RENDERINGS:
        where = _where(outcome, name)
        if name not in beside.files:
            outcome.notes.untold(f"{where} is missing")
        elif beside.files[name] == rebuilt[name]:
            continue
        elif beside.digests[name] == signed.get(name):
            outcome.notes.warn(f"{where} is as it was signed, and this version renders it otherwise")
        else:
            outcome.notes.invalid(f"{where} differs from its rendering of line {outcome.line}")


def _judge_text(outcome: Receipt, statement: Statement, beside: Beside) -> None:
    """receipt.json is the statement of the log, for people: the same data, however it is indented."""
    where, content = _where(outcome, RECEIPT_FILE), beside.files.get(RECEIPT_FILE)
    if content is None:
        outcome.notes.untold(f"{where} is missing")
    elif _read(content) != statement:
        outcome.notes.invalid(f"{where} is not the statement of line {outcome.line}")


def _read(content: bytes) -> Any:
    try:
        return parse_json(content)
    except InvalidReceipt:
        return None


def _where(receipt: Receipt, name: str) -> str:
    return f"sessions/R{receipt.run_key}/{name}"
