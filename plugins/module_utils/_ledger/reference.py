# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The generated part of docs/receipts.md, and docs/receipts/*.schema.json (pure)."""

from __future__ import annotations

from typing import Dict, Tuple

from .._schema.fields import Record
from .._schema.json_schema import json_schema_text
from .._schema.reference import records, section
from .schema import STATEMENTS, StatementKind

GENERATED = "<!-- Generated from here on, by `make docs`, from plugins/module_utils/_ledger/schema*.py. -->"


def receipts_text(text: str) -> str:
    """Return docs/receipts.md with what people wrote as it is in `text`, and what is generated made anew."""
    written = text.partition(GENERATED)[0]
    known: Tuple[Record, ...] = ()
    sections = []
    for kind in STATEMENTS:
        every = records(kind.record, known)
        sections.append(_chapter(kind, every[len(known) :]))
        known = every
    return f"{written}{GENERATED}\n\n" + "\n".join(sections)


def _chapter(kind: StatementKind, new: Tuple[Record, ...]) -> str:
    head = (
        f"## {kind.name.capitalize()}\n\n"
        f"Predicate type `{kind.predicate_type}`. JSON Schema: "
        f"[{kind.name}.schema.json](receipts/{kind.name}.schema.json).\n"
    )
    return "\n".join([head, *(section(record, defaults=False) for record in new)])


def statement_schemas() -> Dict[str, str]:
    """Return the JSON Schema of every statement by its name."""
    return {
        kind.name: json_schema_text(kind.record, f"Statement of mint.promotion: {kind.name}") for kind in STATEMENTS
    }
