# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opening a run as a person does it: through the ansible command."""

from __future__ import annotations

from pathlib import Path

from .test_manifest_actions import EXAMPLE, call, collections

__all__ = ["collections"]


def test_a_receipt_that_cannot_be_written_does_not_hide_why_the_run_was_refused(
    collections: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    receipts = str(tmp_path / "file" / "receipts")
    code, result, output = call(
        collections, "run_open", action="promote", environment="nowhere", manifest=str(EXAMPLE), receipts=receipts
    )
    assert code != 0
    assert "found nowhere" in result["msg"]
    assert f"No receipt could be written: {tmp_path}/file" in output
