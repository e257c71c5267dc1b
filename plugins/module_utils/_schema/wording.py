# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How messages name values, keys and characters."""

from __future__ import annotations

import json
import unicodedata
from difflib import get_close_matches
from typing import Any, Iterable, Optional

EXCERPT = 60  # characters of a found text that a message repeats

_CONTROL = frozenset(("Cc", "Zl", "Zp", "Cs"))  # Unicode general categories: controls, separators, surrogates


def describe(value: Any) -> str:
    """Say what a value is, for a message: `the number 5`, `"text"`, `a list`."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"[:EXCERPT]
    if isinstance(value, str):
        return quoted(value)
    return "a list" if isinstance(value, list) else "a mapping"


def quoted(text: str) -> str:
    """Return `text` in double quotes with escapes, shortened to `EXCERPT` characters."""
    short = text if len(text) <= EXCERPT else text[: EXCERPT - 3] + "..."
    return json.dumps(short, ensure_ascii=not short.isprintable())


def control_character(text: str, allowed: str = "") -> Optional[str]:
    """Return the first control character of `text` as `U+000A`, or None."""
    for character in text:
        if unicodedata.category(character) in _CONTROL and character not in allowed:
            return f"U+{ord(character):04X}"
    return None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known name, or all of them."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known are: {', '.join(names)}" if names else "none is declared"
