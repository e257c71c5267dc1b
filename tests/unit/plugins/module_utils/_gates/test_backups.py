# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a host was backed up last, told by real files and real commands."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._gates.backups import backup_time, last_backup
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Backup

HOUR = 3600.0


def by_file(pattern: Path, name: str = "") -> dict[str, object]:
    return last_backup(Backup(HOUR, file=str(pattern / name) if name else str(pattern)))


def by_command(*argv: str, seconds: float = 5) -> float:
    return float(last_backup(Backup(HOUR, command=argv, timeout_seconds=seconds))["age_seconds"])


def made(path: Path, hours_ago: float, content: str = "dump") -> Path:
    path.write_text(content)
    moment = time.time() - hours_ago * HOUR
    os.utime(path, (moment, moment))
    return path


def test_the_newest_of_the_files_that_fit_counts(tmp_path: Path) -> None:
    made(tmp_path / "shop-1.dump", 5)
    newest = made(tmp_path / "shop-2.dump", 2)
    made(tmp_path / "other.txt", 0)
    told = by_file(tmp_path, "shop-*.dump")
    assert (told["source"], told["fault"]) == (str(newest), "")
    assert told["age_seconds"] == pytest.approx(2 * HOUR, abs=60)


def test_a_link_is_as_old_as_the_backup_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(made(tmp_path / "shop.dump", 3))
    assert by_file(tmp_path / "latest")["age_seconds"] == pytest.approx(3 * HOUR, abs=60)


def test_a_link_that_leads_nowhere_hides_no_backup_beside_it(tmp_path: Path) -> None:
    (tmp_path / "shop-latest.dump").symlink_to("removed.dump")
    assert by_file(tmp_path, "shop-*.dump")["fault"] == f"there is no {tmp_path / 'shop-*.dump'}"
    there = made(tmp_path / "shop-1.dump", 2)
    assert by_file(tmp_path, "shop-*.dump")["source"] == str(there)


@pytest.mark.parametrize("name", ["shop.dump", "shop-*.dump", "not/there/shop-*.dump", "not/there/shop.dump"])
def test_no_file_is_no_backup(tmp_path: Path, name: str) -> None:
    assert by_file(tmp_path, name) == {
        "source": str(tmp_path / name),
        "age_seconds": None,
        "fault": f"there is no {tmp_path / name}",
    }


def test_a_folder_is_a_backup_only_with_something_in_it(tmp_path: Path) -> None:
    base = tmp_path / "base-1"
    base.mkdir()
    assert by_file(tmp_path, "base-*")["fault"] == f"{base} is empty"
    made(base / "PG_VERSION", 0)
    assert by_file(tmp_path, "base-*")["fault"] == ""


def test_an_empty_file_is_no_backup(tmp_path: Path) -> None:
    made(tmp_path / "shop-1.dump", 5)
    made(tmp_path / "shop-2.dump", 0, "")
    assert by_file(tmp_path, "shop-*.dump")["fault"] == f"{tmp_path / 'shop-2.dump'} is empty"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
@pytest.mark.parametrize("name", ["shop.dump", "shop-*.dump"])
def test_a_folder_that_may_not_be_looked_into_is_no_missing_backup(tmp_path: Path, name: str) -> None:
    tmp_path.chmod(0)
    try:
        with pytest.raises(PermissionError):
            by_file(tmp_path, name)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("form", ["+%s", "+%Y-%m-%dT%H:%M:%S%:z", "+%Y-%m-%d %H:%M:%SZ"])
def test_a_command_tells_the_time_as_seconds_or_as_rfc_3339(form: str) -> None:
    assert by_command("date", "--utc", "--date", "2 hours ago", form) == pytest.approx(2 * HOUR, abs=60)


def test_the_last_line_of_a_command_is_the_time() -> None:
    assert by_command("sh", "-c", "echo asking the archive; date +%s; echo") == pytest.approx(0, abs=60)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo no lock on the archive >&2; exit 2", "ended with 2: no lock on the archive"),
        ("exit 0", "printed no time"),
        ("echo yesterday", "'yesterday' is no time"),
        ("echo 2026-02-30T00:00:00Z", "is no time"),
        ("echo 12", "is no time"),
    ],
)
def test_a_command_that_tells_no_time_leaves_it_open(script: str, told: str) -> None:
    with pytest.raises(CouldNotCheck, match=told):
        by_command("sh", "-c", script)


def test_a_command_that_does_not_end_leaves_it_open() -> None:
    with pytest.raises(CouldNotCheck, match=r"sleep has not ended within 0\.1 s"):
        by_command("sleep", "5", seconds=0.1)


def test_a_command_that_is_not_there_leaves_it_open() -> None:
    with pytest.raises(CommandFailed, match="not installed"):
        by_command("no-such-backup-program")


def test_zones_and_fractions_are_understood() -> None:
    moment = backup_time("2026-02-12T01:13:14Z")
    assert backup_time("2026-02-12t02:13:14.123456+01:00") == moment
    assert backup_time(f"{moment:.3f}") == moment
