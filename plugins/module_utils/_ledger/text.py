# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text as a statement holds it (pure): whatever a host or a container wrote, it can be recorded and be shown."""

from __future__ import annotations

from typing import Any

from .._schema.wording import control_character

LONGEST = 4000  # characters of one text; what is longer stands in the journal of the host


def recordable(value: Any) -> Any:
    """Return plain data with every text in it free of control characters but newline and tab, and no longer than
    `LONGEST`.

    A terminal would act on control characters, and a lone surrogate is no UTF-8.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(str(key)): recordable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [recordable(item) for item in value]
    return value


def _text(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text) - LONGEST} more characters)"
    return text if text.isprintable() else "".join(map(_character, text))


def _character(character: str) -> str:
    return f"\\u{ord(character):04x}" if control_character(character, "\n\t") else character


def on_one_line(text: str) -> str:
    """Return `text` with spaces in place of newlines and tabs."""
    return " ".join(text.split())
