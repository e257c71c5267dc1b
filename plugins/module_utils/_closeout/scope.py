# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The text of a loop's scope file, before and after (pure). What people wrote stays as it is, byte for byte."""

from __future__ import annotations

import re
from typing import List, Mapping, Optional, Tuple

from .._errors import InvalidInput, Violation

BEGIN = "<!-- mint.promotion closeout: what stands from here to its end is written by mint.promotion.close. -->"
END = "<!-- mint.promotion closeout: end -->"
_MARK = re.compile(r"\ufeff?---[ \t]*\r?$")


def opened_text(loop: str, owner: str, day: str, about: str) -> str:
    """Return a new scope file. `day` is YYYY-MM-DD."""
    front = f'---\nloop_id: {loop}\nstatus: open\nowner: "{_plain(owner)}"\ncreated: "{day}"\n---\n'
    return f"{front}\n# {loop}\n\n## Scope\n\n{about.strip() or 'What shall be done, and how one sees that it is.'}\n"


def closed_text(text: str, front: Mapping[str, str], closeout: str, path: str) -> str:
    """Return a scope file with keys of its front matter set, and the closeout between its marks, at the end at first.

    Raises `InvalidInput` where the marks are not a pair: it can't be told what people wrote.
    """
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    block = "\n".join([BEGIN, "", closeout.rstrip("\n"), "", END]).replace("\n", newline)
    begins, ends = text.count(BEGIN), text.count(END)
    if (begins, ends) not in ((0, 0), (1, 1)) or text.find(END) < text.find(BEGIN):
        found = f"{begins} beginnings and {ends} ends of a closeout"
        raise InvalidInput([Violation(path, "", found, "one pair of marks", "remove what is too much")], path)
    if begins:
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    else:
        gap = "" if text.endswith(newline * 2) else newline if text.endswith(newline) else newline * 2
        before, after = text + gap, newline
    return with_front(before + block + after, front)


def with_front(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with these keys of its front matter set; with a front matter, where it has none."""
    rows = text.split("\n")
    end = _front_end(rows)
    ending = "\r" if rows[0].endswith("\r") else ""
    if end is None:
        front = ["---", *(f"{key}: {value}" for key, value in values.items()), "---", ""]
        return "\n".join([f"{row}{ending}" for row in front] + rows)
    head, tail = rows[1:end], rows[end:]
    for key, value in values.items():
        head = _set(head, key, f"{key}: {value}{ending}")
    return "\n".join([rows[0], *head, *tail])


def _set(rows: List[str], key: str, row: str) -> List[str]:
    places = [index for index, one in enumerate(rows) if re.match(rf"{re.escape(key)}[ \t]*:", one)]
    if not places:
        return [*rows, row]
    return [*rows[: places[0]], row, *rows[places[0] + 1 :]]


def _front_end(rows: List[str]) -> Optional[int]:
    if not _MARK.match(rows[0]):
        return None
    return next((index for index, row in enumerate(rows[1:], 1) if _MARK.match(row)), None)


def _plain(text: str) -> str:
    return text.replace("\\", "").replace('"', "")


def statuses(front: object, known_closed: Tuple[str, ...], day: str) -> Mapping[str, str]:
    """Return what a closed loop's front matter says. What says so already, and since when, stays."""
    told = front if isinstance(front, dict) else {}
    status, closed = str(told.get("status", "")).strip().lower(), told.get("closed")
    if status in known_closed and closed:
        return {"status": str(told["status"]), "closed": f'"{closed}"'}
    return {"status": "closed", "closed": f'"{day}"'}
