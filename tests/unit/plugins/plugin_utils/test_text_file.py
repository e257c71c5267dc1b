# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file is written only when it differs, keeps its mode, and stays whole."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text


def test_a_new_file_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    assert keep_text(str(path), "ä\n", check_mode=False)["changed"] is True
    assert path.read_bytes() == "ä\n".encode()
    before = os.stat(path)
    assert keep_text(str(path), "ä\n", check_mode=False)["changed"] is False
    assert os.stat(path).st_ino == before.st_ino


def test_check_mode_writes_nothing_and_shows_the_change(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("old\n")
    result = keep_text(str(path), "new\n", check_mode=True)
    assert (result["diff"]["before"], result["diff"]["after"]) == ("old\n", "new\n")
    assert result["changed"] is True
    assert path.read_text() == "old\n"


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("old\n")
    path.chmod(0o600)
    keep_text(str(path), "new\n", check_mode=False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["a.md"]


def test_a_link_goes_on_pointing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("old\n")
    (tmp_path / "link.md").symlink_to("real.md")
    keep_text(str(tmp_path / "link.md"), "new\n", check_mode=False)
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text() == "new\n"


def test_line_ends_of_windows_are_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"a\r\n")
    assert keep_text(str(path), "a\n", check_mode=False)["changed"] is True
