# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipts as files: receipts/sessions/R<run key>/."""

from __future__ import annotations

import os
from typing import Any, Mapping

from .model import MANIFEST_FILE
from .render import RECEIPT_FILE, receipt_text, renderings

INTENT_FILE = "intent.json"


def session_folder(receipts: str, run_key: str) -> str:
    """The folder of one run below the root of the receipts."""
    return os.path.join(receipts, "sessions", f"R{run_key}")


def write_intent(receipts: str, statement: Mapping[str, Any], manifest: str = "") -> str:
    """Make the intent durable, with the text of the manifest beside it, and return its path.

    Raises `OSError`; nothing may be changed before it is back.
    """
    if manifest:
        _write(receipts, statement, MANIFEST_FILE, manifest)
    return _write(receipts, statement, INTENT_FILE, receipt_text(statement))


def write_receipt(receipts: str, statement: Mapping[str, Any]) -> str:
    """Write receipt.json and its renderings receipt.md and output.txt; return the path of receipt.json.

    Raises `OSError`.
    """
    path = _write(receipts, statement, RECEIPT_FILE, receipt_text(statement))
    for name, content in renderings(statement).items():
        _write(receipts, statement, name, content.decode("utf-8"))
    return path


def _write(receipts: str, statement: Mapping[str, Any], name: str, text: str) -> str:
    folder = session_folder(receipts, statement["predicate"]["runKey"])
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    temporary = f"{path}.new"
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync_folder(folder)
    return path


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
