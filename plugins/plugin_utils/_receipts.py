# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person is told of the receipt of a refused run."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._ledger.files import write_receipt


def refusal_receipt(receipts: str, statement: Mapping[str, Any]) -> str:
    """Write the receipt and say where it lies, or why it could not be written: that must not hide why the run
    was refused."""
    try:
        return f"Receipt: {write_receipt(receipts, statement)}"
    except OSError as error:
        return f"No receipt could be written: {error.filename}: {error.strerror}"
