# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variables a text of a compose file cannot do without (pure).

The syntax is Compose's: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
"""

from __future__ import annotations

import re
from typing import Iterator, Tuple

_START = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*))")
_PROVIDED = re.compile(r":?[-+]")  # the text that follows stands in: `${NAME:-text}`, `${NAME+text}`


def needed_variables(text: str) -> Iterator[str]:
    """Yield the names that have no text to stand in for them, in their order."""
    position = 0
    while True:
        found = _START.search(text, position)
        if found is None:
            return
        position = found.end()
        if found["named"]:
            yield found["named"]
        elif found["braced"]:
            rest, position = _rest(text, position)
            provided = _PROVIDED.match(rest)
            if provided is None:
                yield found["braced"]
            else:
                yield from needed_variables(rest[provided.end() :])


def has_variables(text: str) -> bool:
    """Tell whether Compose would put the value of a variable into the text."""
    return any(not found["escaped"] for found in _START.finditer(text))


def _rest(text: str, start: int) -> Tuple[str, int]:
    """Return what stands up to the brace that closes an open one, and the position behind that brace."""
    depth = 1
    for position in range(start, len(text)):
        if text.startswith("${", position):
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return text[start:position], position + 1
    return text[start:], len(text)
