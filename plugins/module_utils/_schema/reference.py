# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records as Markdown: what documents say of them comes from the tables that validate."""

from __future__ import annotations

import json
from typing import Any, Callable, List, Mapping, Tuple, Type

from .fields import Field, Kind, ListOf, MapOf, Nullable, Record
from .structure import wanted

_INNER: Mapping[Type[Any], Callable[[Any], Kind]] = {
    ListOf: lambda kind: kind.item,
    MapOf: lambda kind: kind.value,
    Nullable: lambda kind: kind.kind,
}


def records(kind: Kind, found: Tuple[Record, ...] = ()) -> Tuple[Record, ...]:
    """Return `found` and all records below `kind`, each one once, in the order in which a reader meets them."""
    if isinstance(kind, Record):
        if kind not in found:
            found += (kind,)
            for field in kind.fields:
                found = records(field.kind, found)
        return found
    inner = _INNER.get(type(kind))
    return records(inner(kind), found) if inner else found


def section(record: Record, defaults: bool = True) -> str:
    """Return a heading, what the record is, and a table of its keys, with or without their defaults."""
    columns = ["key", "value", *(["default"] if defaults else []), "meaning"]
    rows = [columns, ["---"] * len(columns), *(_row(field, defaults) for field in record.fields)]
    choice = "".join(f" Exactly one of {_codes(group)} is given." for group in record.one_of)
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"### {record.name}\n\n{record.doc}{choice}\n\n{table}"


def _row(field: Field, defaults: bool) -> List[str]:
    example = "" if field.example is None else f" Example: {_code(field.example)}"
    default = [_default(field)] if defaults else []
    return [f"`{field.name}`", _cell(_kind(field.kind)), *default, _cell(field.doc + example)]


def _default(field: Field) -> str:
    if field.required:
        return "**required**"
    if field.default_doc:
        return _cell(field.default_doc)
    nothing = field.default in (None, "") or (isinstance(field.kind, Record) and not field.default)
    return "" if nothing else _cell(_code(field.default))


def _kind(kind: Kind) -> str:
    if isinstance(kind, Record):
        return f"[{kind.name}](#{kind.name.lower().replace(' ', '-')})"
    if isinstance(kind, ListOf):
        return f"list: {_kind(kind.item)}"
    if isinstance(kind, Nullable):
        return f"{_kind(kind.kind)}, or null"
    if isinstance(kind, MapOf):
        return f"by {kind.of}: {_kind(kind.value)}"
    return wanted(kind)


def _code(value: Any) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _codes(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
