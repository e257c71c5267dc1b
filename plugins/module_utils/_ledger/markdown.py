# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables in Markdown (pure): whatever a cell holds, the table stays one."""

from __future__ import annotations

from typing import Sequence


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as GitHub Flavored Markdown has it (section 4.10); `none` where there are no rows."""
    if not rows:
        return "none"
    lines = [headers, tuple("---" for _header in headers), *rows]
    return "\n".join("| " + " | ".join(cell(one) for one in line) + " |" for line in lines)


def cell(text: str) -> str:
    """Return `text` as one cell holds it: on one line, with its bars and backslashes escaped."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
