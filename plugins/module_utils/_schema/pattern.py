# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A kind of the schema as a regular expression over canonical JSON, for those who look at many documents (pure).

Canonical JSON has one way to write a value: sorted keys, no white space, few escapes. So one match by the interpreter's
own engine tells that a text is such JSON, that it fits, and that no record has a key twice. The expression never
matches where `structure.normalise` finds a fault. Where it does not match, `normalise` says what is wrong, if anything.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Mapping, Optional, Pattern, Type

from .fields import Anything, Boolean, Field, Kind, ListOf, MapOf, Nullable, Number, Record, Text

# The control characters of `wording.control_character` but surrogates, which UTF-8 does not have: Cc, Zl and Zp.
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_PLAIN = rf'[^"\\{_CONTROL}]'
_NEVER = "(?!)"
_WHOLE: Mapping[Optional[float], str] = {  # by the minimum
    None: "-?(?:0|[1-9][0-9]{0,14})",
    0: "(?:0|[1-9][0-9]{0,14})",
    1: "[1-9][0-9]{0,14}",
}


def canonical_pattern(kind: Kind) -> Pattern[str]:
    """Return the expression, for `fullmatch`. Make it once, for it takes its time.

    A group of it has matched where a mapping with names of its own has several keys: they may be the same.
    """
    return re.compile(_pattern(kind))


def _pattern(kind: Kind) -> str:
    return _PATTERNS[type(kind)](kind)


def _text(kind: Text) -> str:
    if kind.inspect is not None:
        return _NEVER
    if kind.allowed:
        return f"(?:{'|'.join(re.escape(json.dumps(one, ensure_ascii=False)) for one in kind.allowed)})"
    filled = "" if kind.empty else '(?!")'
    if kind.pattern:
        return f'"{filled}{_inside(kind.pattern)}"'
    escaped = r'\\["\\nt]' if kind.multiline else r'\\["\\]'
    return f'"{filled}{_PLAIN}*(?:{escaped}{_PLAIN}*)*"'


def _inside(pattern: str) -> str:
    """Return an anchored pattern without its anchors; one that could go beyond the end of its text never matches."""
    bare = pattern[1:-1].replace(r"\.", "")
    classes = re.findall(r"\[[^\]]*\]", bare)
    rest = re.sub(r"\[[^\]]*\]", "", bare)
    open_ended = any(re.match(one, character) for one in classes for character in '"\\\x00\n\t\x7f\x85\u2028')
    if not (pattern.startswith("^") and pattern.endswith("$")) or open_ended or re.search(r'[.\\"\[\]^$]', rest):
        return _NEVER
    return f"(?:{pattern[1:-1]})"


def _number(kind: Number) -> str:
    if kind.maximum is not None or kind.above is not None or kind.minimum not in _WHOLE:
        return _NEVER
    return _WHOLE[kind.minimum] + ("" if kind.whole else r"(?:\.[0-9]{1,15})?")


def _boolean(_kind: Boolean) -> str:
    return "(?:true|false)"


def _anything(_kind: Anything) -> str:
    return _NEVER


def _list(kind: ListOf) -> str:
    if kind.minimum > 1:
        return _NEVER
    first = r"(?!\])" if kind.minimum else ""
    return rf"\[{first}(?:{_pattern(kind.item)}(?:,(?!\])|(?=\])))*\]"


def _map(kind: MapOf) -> str:
    if kind.minimum > 1:
        return _NEVER
    pair = f"{_pattern(kind.key)}:{_pattern(kind.value)}"
    return rf"\{{{pair}((?:,{pair})+)?\}}" if kind.minimum else rf"\{{(?:{pair}((?:,{pair})+)?)?\}}"


def _nullable(kind: Nullable) -> str:
    return f"(?:null|{_pattern(kind.kind)})"


def _record(kind: Record) -> str:
    """One whose keys are there or simply not; what is rare is left to `normalise`."""
    fields = sorted(kind.fields, key=lambda field: field.name)
    if kind.one_of or any(isinstance(field.kind, Record) for field in fields if not field.required):
        return _NEVER
    if all(field.required for field in fields):
        return rf"\{{{','.join(map(_pair, fields))}\}}"
    pairs = (rf"(?:{_pair(field)}(?:,(?!\}})|(?=\}}))){'' if field.required else '?'}" for field in fields)
    return rf"\{{{''.join(pairs)}\}}"


def _pair(field: Field) -> str:
    return f"{re.escape(json.dumps(field.name))}:{_pattern(field.kind)}"


_PATTERNS: Mapping[Type[Any], Callable[[Any], str]] = {
    Text: _text,
    Number: _number,
    Boolean: _boolean,
    Anything: _anything,
    ListOf: _list,
    MapOf: _map,
    Nullable: _nullable,
    Record: _record,
}
