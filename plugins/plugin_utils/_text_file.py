# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text files on the control node that an action keeps up to date."""

from __future__ import annotations

import os
import stat
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files


def read_text(path: str) -> str | None:
    """Return the text of a file, None when there is none. Raises `OSError`, and `InvalidInput` for other bytes."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        fault = Violation(path, "", f"a byte that is no UTF-8, at {error.start}", "text")
        raise InvalidInput([fault], "The file") from None


def keep_text(path: str, text: str, check_mode: bool, mode: int = 0o644) -> dict[str, Any]:
    """Make the file `path` hold `text`, atomically, and return `changed` and `diff`.

    A file that is there keeps its mode. Raises `OSError`.
    """
    target = os.path.realpath(path)
    before = read_text(target)
    changed = before != text
    if changed and not check_mode:
        kept = mode if before is None else stat.S_IMODE(os.stat(target).st_mode)
        Files().replace(target, text.encode("utf-8"), kept)
    diff = {"before": before or "", "after": text, "before_header": path, "after_header": path}
    return {"changed": changed, "diff": diff}
