# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The building blocks that the schemas of the manifest and of the statements are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, Tuple, Union


@dataclass(frozen=True)
class Fault:
    """What a closer look at a text found wrong. An empty `found` stands for the text itself."""

    found: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Text:
    """Text. `pattern` is anchored and valid in Python and in ECMA 262; `inspect` explains a misfit."""

    wanted: str = "text on one line"
    pattern: Optional[str] = None
    allowed: Tuple[str, ...] = ()
    multiline: bool = False
    empty: bool = False
    hidden: bool = False  # its value is not repeated in messages
    inspect: Optional[Callable[[str], Optional[Fault]]] = None


@dataclass(frozen=True)
class Number:
    whole: bool = True
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    above: Optional[float] = None  # the value is greater than this


@dataclass(frozen=True)
class Boolean:
    pass


@dataclass(frozen=True)
class Anything:
    """Any JSON value."""


@dataclass(frozen=True)
class ListOf:
    item: Kind
    minimum: int = 0


@dataclass(frozen=True)
class MapOf:
    key: Text
    value: Kind
    minimum: int = 0
    of: str = ""  # what a key is, for the documentation


@dataclass(frozen=True)
class Nullable:
    """What `kind` is, or null."""

    kind: Kind


@dataclass(frozen=True)
class Field:
    """One key of a record. `default` is what its absence means; None when it means nothing is set."""

    name: str
    kind: Kind
    doc: str
    required: bool = False
    default: Any = None
    default_doc: str = ""  # where the default is no fixed value
    example: Any = None


@dataclass(frozen=True)
class Record:
    """A mapping with known keys. Exactly one key of each group in `one_of` is set."""

    name: str
    doc: str
    fields: Tuple[Field, ...]
    one_of: Tuple[Tuple[str, ...], ...] = ()

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


Kind = Union[Text, Number, Boolean, Anything, ListOf, MapOf, Nullable, Record]
