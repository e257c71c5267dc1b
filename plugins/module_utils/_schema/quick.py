# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells quickly whether plain data fits a kind of the schema, for those who look at many (pure).

It never says yes where `structure.normalise` finds a fault. Where it says no, `normalise` says what is wrong, if
anything is. Most checks are functions of the interpreter itself, which raise TypeError for what is of another type.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any, Callable, Mapping, Type

from .fields import Anything, Boolean, Kind, ListOf, MapOf, Nullable, Number, Record, Text

Check = Callable[[Any], Any]  # what it returns is taken as a truth value
# The control characters of `wording.control_character`, but for newline and tab: Unicode's Cc, Cs, Zl and Zp.
_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029"


def quick_check(kind: Kind) -> Callable[[Any], bool]:
    """Return the function that tells whether data fits. Make it once, for it takes its time."""
    check = _check(kind)

    def fits(value: Any) -> bool:
        try:
            return bool(check(value))
        except (TypeError, KeyError):
            return False

    return fits


def _check(kind: Kind) -> Check:
    return _CHECKS[type(kind)](kind)


def _never(_value: Any) -> bool:
    return False


def _always(_value: Any) -> bool:
    return True


def _text(kind: Text) -> Check:
    if kind.inspect is not None:
        return _never
    if kind.allowed:
        return frozenset(kind.allowed).__contains__
    refused = _CONTROL if kind.multiline else _CONTROL + r"\n\t"
    clean = f"[^{refused}]{'*' if kind.empty else '+'}"
    if not kind.pattern:
        return re.compile(clean).fullmatch
    return re.compile(rf"(?={clean}\Z)(?:{kind.pattern})").match  # the patterns of the schema are anchored


def _number(kind: Number) -> Check:
    types = (int,) if kind.whole else (int, float)
    low, above, high = kind.minimum, kind.above, kind.maximum

    def fits(value: Any) -> bool:
        return (
            value.__class__ in types
            and (low is None or value >= low)
            and (above is None or value > above)
            and (high is None or value <= high)
        )

    return fits


def _boolean(_kind: Boolean) -> Check:
    return lambda value: value.__class__ is bool


def _anything(_kind: Anything) -> Check:
    return _always


def _list(kind: ListOf) -> Check:
    item, minimum = _check(kind.item), kind.minimum
    return lambda value: value.__class__ is list and len(value) >= minimum and all(map(item, value))


def _map(kind: MapOf) -> Check:
    key, item, minimum = _check(kind.key), _check(kind.value), kind.minimum

    def fits(value: Any) -> bool:
        fine = value.__class__ is dict and len(value) >= minimum
        return fine and all(map(key, value)) and all(map(item, value.values()))

    return fits


def _nullable(kind: Nullable) -> Check:
    inner = _check(kind.kind)
    return lambda value: value is None or inner(value)


def _record(kind: Record) -> Check:
    required = tuple(field for field in kind.fields if field.required)
    if kind.one_of or len(required) < 2:
        return _small_record(kind)
    values = itemgetter(*(field.name for field in required))
    checks = tuple(_check(field.kind) for field in required)
    count = len(checks)

    def fits(value: Any) -> bool:
        if len(value) != count:
            return False
        for check, item in zip(checks, values(value)):  # noqa: SIM110 - a generator takes longer
            if not check(item):
                return False
        return True

    return fits if len(required) == len(kind.fields) else _with_options(kind, fits)


def _with_options(kind: Record, fits: Check) -> Check:
    """A record whose other keys may all be left out, or all be there: what is between is left to `normalise`."""
    required = tuple(field.name for field in kind.fields if field.required)
    options = {field.name: _check(field.kind) for field in kind.fields if not field.required}

    def either(value: Any) -> bool:
        if len(value) == len(required):
            return bool(fits(value))
        inner = {name: value[name] for name in required}
        return len(value) == len(kind.fields) and fits(inner) and all(options[name](value[name]) for name in options)

    return either


def _small_record(kind: Record) -> Check:
    """One with a single field, which is common: a digest. What is rare is left to `normalise`."""
    if kind.one_of or len(kind.fields) != 1 or not kind.fields[0].required:
        return _never
    name, check = kind.fields[0].name, _check(kind.fields[0].kind)
    return lambda value: len(value) == 1 and check(value[name])


_CHECKS: Mapping[Type[Any], Callable[[Any], Check]] = {
    Text: _text,
    Number: _number,
    Boolean: _boolean,
    Anything: _anything,
    ListOf: _list,
    MapOf: _map,
    Nullable: _nullable,
    Record: _record,
}
