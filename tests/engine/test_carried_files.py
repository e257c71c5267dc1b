# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of carried files into a project directory that is not empty, and back out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._release import activation

from .test_own_compose import FILES, OwnShop, pinned, shop  # noqa: F401  # pylint: disable=unused-import


def as_checked_out(own: OwnShop, folder: Path) -> Mapping[str, str]:
    """Give the stack a project directory that the team has put its files into, as they are committed."""
    own.own_directory = str(folder / "deploy")
    (folder / "deploy" / "data").mkdir(parents=True)
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return files_in(folder)


def files_in(folder: Path) -> Mapping[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_broken_first_release_leaves_the_files_that_were_there(shop: OwnShop, tmp_path: Path) -> None:  # noqa: F811
    before = as_checked_out(shop, tmp_path / "srv")
    shop.health = "exit 1"
    shop.files["nginx/new.conf"] = "#\n"
    assert shop.promote().outcome == "rolled_back"
    assert files_in(tmp_path / "srv") == before


def test_a_run_that_is_taken_back_leaves_them_too(shop: OwnShop, tmp_path: Path) -> None:  # noqa: F811
    before = as_checked_out(shop, tmp_path / "srv")
    assert shop.promote().outcome == "promoted"
    assert activation.take_back(shop.host, shop.runs[-1]).outcome == "taken_back"
    assert files_in(tmp_path / "srv") == before


def test_a_file_that_was_there_goes_when_the_repository_gives_it_up(
    shop: OwnShop,  # noqa: F811
    tmp_path: Path,
) -> None:
    as_checked_out(shop, tmp_path / "srv")
    (tmp_path / "srv" / "nginx" / "old.conf").write_text("#\n")
    shop.files["nginx/old.conf"] = "#\n"
    assert shop.promote().outcome == "promoted"
    del shop.files["nginx/old.conf"]
    assert shop.promote().outcome == "promoted"
    assert not (tmp_path / "srv" / "nginx" / "old.conf").exists()


@pytest.mark.parametrize(("before", "after"), [("nginx/site", "nginx/site/a/b"), ("nginx/site/a/b", "nginx/site")])
def test_a_file_may_become_a_folder_and_a_folder_a_file(shop: OwnShop, before: str, after: str) -> None:  # noqa: F811
    shop.files[before] = "before\n"
    assert shop.promote().outcome == "promoted"
    del shop.files[before]
    shop.files[after] = "after\n"
    report: Any = shop.promote()
    assert report.outcome == "promoted", report.failure
    assert shop.place(after).read_text() == "after\n"
    report = shop.rollback()
    assert report.outcome == "restored", report.failure
    assert shop.place(before).read_text() == "before\n"


def test_a_folder_with_a_file_of_others_bars_the_file_in_its_place(shop: OwnShop) -> None:  # noqa: F811
    shop.files["nginx/site/a"] = "before\n"
    assert shop.promote().outcome == "promoted"
    shop.place("nginx/site/data").write_text("kept")
    del shop.files["nginx/site/a"]
    shop.files["nginx/site"] = "after\n"
    assert shop.promote().outcome == "refused"
    assert (shop.place("nginx/site/data").read_text(), shop.place("nginx/site/a").read_text()) == ("kept", "before\n")


def test_two_stacks_do_not_share_a_carried_file(shop: OwnShop, tmp_path: Path) -> None:  # noqa: F811
    as_checked_out(shop, tmp_path / "srv")
    assert shop.promote().outcome == "promoted"
    other = OwnShop(shop.root, f"{shop.project}-other", shop.images, own_directory=shop.own_directory)
    report: Any = other.promote()
    assert report.outcome == "refused"
    assert f"The stack in {shop.root / shop.project} on web1 has a file of its live release" in report.failure.message


def test_what_a_killed_worker_left_in_the_project_directory_is_removed(shop: OwnShop) -> None:  # noqa: F811
    assert shop.promote().outcome == "promoted"
    shop.place("nginx/nginx.conf.4711.tmp").write_text("half of a fi")
    shop.place("nginx/mine.tmp").write_text("kept")
    assert shop.promote(deploy__web_dot_env="LEVEL=debug\n").outcome == "promoted"
    assert sorted(path.name for path in shop.place("nginx").iterdir()) == ["mine.tmp", "nginx.conf"]
