# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Replaces single values in the text of a manifest; comments and layout stay as they are."""

from __future__ import annotations

import json
import re
from typing import List, Mapping, Tuple

from .._errors import Refused
from .._schema.place import Path, Span, dotted

UNPINNED_REVISION = "0" * 40  # what stands in a manifest until something is pinned
UNPINNED_DIGEST = "sha256:" + "0" * 64

# Plain in YAML in every context, and never a number, boolean, null or date: it has a / or an @ in it.
_PLAIN = re.compile(r"^(?=.*[/@])[A-Za-z0-9](?:[A-Za-z0-9_./@:-]*[A-Za-z0-9])?$")
_BY_HAND = "Write the value out on one line at this place, then run it again."


def pin(text: str, spans: Mapping[Path, Span], values: Mapping[Path, str]) -> str:
    """Return `text` with the scalars at the given paths replaced.

    A value that is in place already leaves its scalar alone. Raises `Refused` for a path without a scalar, for
    block scalars, for scalars with an anchor or a tag, and when one scalar would have to take two values.
    """
    replacements: List[Tuple[Span, str]] = []
    for path, value in values.items():
        span = _span(text, spans, path)
        written = _written(value, span)
        for other, other_text in replacements:
            if other.start == span.start and other_text != written:
                raise Refused(f"{dotted(path)} shares its place with another value through an alias", _BY_HAND)
        replacements.append((span, written))
    for span, written in sorted(set(replacements), key=lambda one: -one[0].start):
        text = text[: span.start] + written + text[span.end :]
    return text


def _span(text: str, spans: Mapping[Path, Span], path: Path) -> Span:
    span = spans.get(path)
    if span is None:
        raise Refused(f"{dotted(path)} has no value that could be replaced", _BY_HAND)
    if span.style in ("|", ">") or span.start == span.end or text[span.start] in "&!":
        raise Refused(f"{dotted(path)} is empty, a block, or has an anchor or tag", _BY_HAND)
    return span


def _written(value: str, span: Span) -> str:
    """Write `value` in the style that the scalar has, or in double quotes where that would change it."""
    if span.style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if span.style == "" and _PLAIN.search(value):
        return value
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    """Escape a character for YAML's double quotes: as JSON does, beyond U+FFFF as \\U and eight digits."""
    return f"\\U{ord(character):08x}" if ord(character) > 0xFFFF else json.dumps(character)[1:-1]
