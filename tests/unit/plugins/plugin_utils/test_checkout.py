# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real git repository is asked for what is committed."""

from __future__ import annotations

import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed, Refused
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout, checkout_around
from people import SshKeys


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def test_names_of_a_commit_become_the_full_commit(repository: Path) -> None:
    first = commit(repository, web__a="1")
    git(repository, "tag", "--annotate", "v1", "--message", "one")
    commit(repository, web__a="2")
    checkout = checkout_around(str(repository / "web"))
    assert [checkout.commit(name) for name in ("v1", first[:7], "HEAD~1")] == [first] * 3


@pytest.mark.parametrize("name", ["nowhere", "--help", "-1", "", "0" * 40])
def test_an_unknown_revision_is_refused(repository: Path, name: str) -> None:
    commit(repository, a="1")
    with pytest.raises(Refused, match="has no commit"):
        Checkout(str(repository)).commit(name)


def test_what_is_not_committed_is_told_by_folder(repository: Path) -> None:
    commit(repository, web__a="1", web__b="1", api__a="1", **{".gitignore": "built"})
    checkout = Checkout(str(repository))
    assert checkout.uncommitted("web") == ()
    for name in ("web/a", "web/new file", "web/built", "api/a"):
        (repository / name).write_text("2")
    (repository / "web/b").unlink()
    assert set(checkout.uncommitted("web")) == {"web/a", "web/b", "web/new file"}


def test_an_archive_is_the_same_bytes_whenever_it_is_made(repository: Path) -> None:
    first = commit(repository, web__Dockerfile="FROM scratch", **{f"web__{'x' * 120}": "1"})
    archives = []
    for name in ("one.tar", "two.tar"):
        with open(repository / name, "w+b") as file:
            Checkout(str(repository)).archive(first, "web", file)
        archives.append((repository / name).read_bytes())
        time.sleep(1.1)  # tar has whole seconds
    assert archives[0] == archives[1]


def test_a_folder_that_is_not_committed_is_refused(repository: Path) -> None:
    first = commit(repository, web__a="1")
    (repository / "new").mkdir()
    for folder in ("new", "web/a"):
        with pytest.raises(Refused, match="has no folder"):
            Checkout(str(repository)).tree(first, folder)


def test_the_last_change_of_a_folder_is_not_that_of_its_neighbour(repository: Path) -> None:
    first = commit(repository, web__a="1", api__a="1")
    second = commit(repository, api__a="2")
    checkout = Checkout(str(repository))
    assert checkout.last_change(second, "web") == first
    assert checkout.last_change(second, "api") == second
    assert checkout.last_change(second, ".") == second


def test_a_folder_that_went_back_is_described_by_the_commit_that_took_it_back(repository: Path) -> None:
    commit(repository, web__a="1")
    commit(repository, web__a="2")
    third = commit(repository, web__a="1")
    fourth = commit(repository, api__a="1")
    assert Checkout(str(repository)).last_change(fourth, "web") == third


def test_the_archive_holds_what_is_committed_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    first = commit(repository, web__a="committed", web__sub__b="1", other="1")
    (repository / "web/a").write_text("dirty")
    (repository / "web/untracked").write_text("leak")
    archive = tmp_path / "context.tar"
    with archive.open("wb") as file:
        Checkout(str(repository)).archive(first, "web", file)
    with tarfile.open(archive) as tar:
        assert sorted(one.name for one in tar if one.isfile()) == ["a", "sub/b"]
        content = tar.extractfile("a")
        assert content is not None
        assert content.read() == b"committed"


def test_a_user_who_has_signatures_shown_is_told_the_same(
    repository: Path, ssh_keys: SshKeys, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = ssh_keys.path("ed25519")
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", str(key)), ("commit.gpgSign", "true")):
        git(repository, "config", name, value)
    first = commit(repository, web__a="1")
    git(repository, "config", "log.showSignature", "true")
    second = commit(repository, api__a="1")
    checkout = Checkout(str(repository))
    assert checkout.last_change(second, "web") == first
    with (tmp_path_factory.mktemp("archive") / "context.tar").open("wb") as file:
        checkout.archive(second, "web", file)


def test_a_folder_outside_of_any_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="promotion_repository_path"):
        checkout_around(str(tmp_path))
