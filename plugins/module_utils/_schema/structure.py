# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Holds plain data against a kind of the schema: types, keys, patterns, bounds; fills in defaults.

A value that does not fit is reported and replaced by None, so that the rest can still be looked at.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Type

from .fields import Anything, Boolean, Field, Kind, ListOf, MapOf, Nullable, Number, Record, Text
from .place import Findings, Path
from .wording import control_character, describe, nearest, quoted


def normalise(value: Any, kind: Kind, path: Path, findings: Findings) -> Any:
    """Return `value` with defaults filled in, and None in place of whatever does not fit `kind`."""
    return _NORMALISE[type(kind)](value, kind, path, findings)


def _text(value: Any, kind: Text, path: Path, findings: Findings) -> Optional[str]:
    if not isinstance(value, str):
        found = "a value that is not text" if kind.hidden else describe(value)
        scalar = isinstance(value, (bool, int, float))
        findings.report(path, found, kind.wanted, "quote it, so that YAML takes it as text" if scalar else "")
        return None
    control = control_character(value, "\n\t" if kind.multiline else "")
    if control:
        findings.report(path, f"the control character {control}", kind.wanted, "write it without")
        return None
    if not value and not kind.empty:
        findings.report(path, "an empty text", kind.wanted, "write a value or remove the key")
        return None
    return value if _fits(value, kind, path, findings) else None


def _fits(value: str, kind: Text, path: Path, findings: Findings) -> bool:
    if kind.allowed and value not in kind.allowed:
        findings.report(path, quoted(value), f"one of {', '.join(kind.allowed)}", nearest(value, kind.allowed))
        return False
    fault = kind.inspect(value) if kind.inspect else None
    if fault:
        findings.report(path, fault.found or quoted(value), kind.wanted, fault.remedy)
        return False
    if kind.pattern and not re.search(kind.pattern, value):
        findings.report(path, quoted(value), kind.wanted)
        return False
    return True


def _number(value: Any, kind: Number, path: Path, findings: Findings) -> Any:
    number = isinstance(value, int if kind.whole else (int, float)) and not isinstance(value, bool)
    if number and _within(value, kind):
        return value
    remedy = "write it without quotes" if isinstance(value, str) and re.search("^-?[0-9.]+$", value) else ""
    findings.report(path, describe(value), number_wanted(kind), remedy)
    return None


def _within(value: float, kind: Number) -> bool:
    low = kind.minimum is None or value >= kind.minimum
    above = kind.above is None or value > kind.above
    return low and above and (kind.maximum is None or value <= kind.maximum)


def number_wanted(kind: Number) -> str:
    """Say in words what number is wanted."""
    name = "a whole number" if kind.whole else "a number"
    if kind.minimum is not None and kind.minimum == kind.maximum:
        return f"the number {kind.minimum:g}"
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("from", kind.minimum), ("above", kind.above), ("up to", kind.maximum))
        if bound is not None
    ]
    return " ".join([name] + bounds)


def _boolean(value: Any, _kind: Boolean, path: Path, findings: Findings) -> Optional[bool]:
    if isinstance(value, bool):
        return value
    findings.report(path, describe(value), "true or false")
    return None


def _anything(value: Any, _kind: Anything, _path: Path, _findings: Findings) -> Any:
    return value


def _list(value: Any, kind: ListOf, path: Path, findings: Findings) -> Optional[List[Any]]:
    if not isinstance(value, list):
        remedy = "put it in [ ]" if isinstance(value, str) else ""
        findings.report(path, describe(value), "a list", remedy)
        return None
    if len(value) < kind.minimum:
        findings.report(path, "an empty list", "at least one item")
    return [normalise(item, kind.item, path + (index,), findings) for index, item in enumerate(value)]


def _map(value: Any, kind: MapOf, path: Path, findings: Findings) -> Optional[Dict[str, Any]]:
    if not _is_mapping(value, path, findings):
        return None
    if len(value) < kind.minimum:
        findings.report(path, "an empty mapping", f"at least one {kind.of}")
    for key in value:
        _text(key, kind.key, path + (key,), findings)
    return {key: normalise(item, kind.value, path + (key,), findings) for key, item in value.items()}


def _nullable(value: Any, kind: Nullable, path: Path, findings: Findings) -> Any:
    return None if value is None else normalise(value, kind.kind, path, findings)


def _is_mapping(value: Any, path: Path, findings: Findings) -> bool:
    if isinstance(value, dict):
        return True
    findings.report(path, describe(value), "a mapping")
    return False


def _record(value: Any, kind: Record, path: Path, findings: Findings) -> Optional[Dict[str, Any]]:
    if not _is_mapping(value, path, findings):
        return None
    names = [field.name for field in kind.fields]
    for key in value:
        if key not in names:
            findings.report(path + (key,), f"the unknown key {quoted(key)}", "a known key", nearest(key, names))
    for group in kind.one_of:
        _exactly_one(value, group, path, findings)
    return {field.name: _field(value, field, path, findings) for field in kind.fields}


def _exactly_one(value: Mapping[str, Any], group: Iterable[str], path: Path, findings: Findings) -> None:
    names = list(group)
    present = [name for name in names if name in value]
    if len(present) != 1:
        found = " and ".join(present) if present else f"neither {' nor '.join(names)}"
        findings.report(path, found, f"exactly one of {', '.join(names)}")


def _field(value: Mapping[str, Any], field: Field, path: Path, findings: Findings) -> Any:
    if field.name in value:
        return normalise(value[field.name], field.kind, path + (field.name,), findings)
    if field.required:
        findings.report(path + (field.name,), "no such key", wanted(field.kind), _addition(field))
        return None
    if isinstance(field.kind, Record) and field.default is not None:
        return _record({}, field.kind, path + (field.name,), findings)
    return field.default


def _addition(field: Field) -> str:
    if isinstance(field.kind, (Text, Number)) and field.example is not None:
        return f"add it, for example `{field.name}: {field.example}`"
    return f"add {field.name}: {field.doc[:1].lower()}{field.doc[1:].rstrip('.')}"


def wanted(kind: Kind) -> str:
    """Say in words what `kind` wants."""
    if isinstance(kind, Text):
        return f"one of {', '.join(kind.allowed)}" if kind.allowed else kind.wanted
    if isinstance(kind, Number):
        return number_wanted(kind)
    if isinstance(kind, Boolean):
        return "true or false"
    if isinstance(kind, Nullable):
        return f"{wanted(kind.kind)}, or null"
    if isinstance(kind, ListOf):
        return "a list"
    return "any value" if isinstance(kind, Anything) else "a mapping"


_NORMALISE: Mapping[Type[Any], Callable[[Any, Any, Path, Findings], Any]] = {
    Text: _text,
    Number: _number,
    Boolean: _boolean,
    Anything: _anything,
    ListOf: _list,
    MapOf: _map,
    Nullable: _nullable,
    Record: _record,
}
