# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host builds from comes out of a real repository: only what is committed; other inputs, another image."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    BUILD,
    REGISTRY,
    SSH,
    Build,
    Manifest,
    Module,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Access
from ansible_collections.mint.promotion.plugins.plugin_utils._parcels import Parcels
from ansible_collections.mint.promotion.plugins.plugin_utils._supplies import Supplies, source_of

DOCKERFILE = b"FROM scratch\n"
PINNED = "team/db@sha256:" + "1" * 64


@pytest.fixture
def revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit of a repository in `tmp_path`; Ansible's own temporary folder is beside it."""
    (tmp_path / "local").mkdir()
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path / "local"))
    (tmp_path / "shop/web").mkdir(parents=True)
    (tmp_path / "shop/web/Dockerfile").write_bytes(DOCKERFILE)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for arguments in (["init", "--quiet"], ["add", "web"], [*identity, "commit", "--quiet", "--message", "One"]):
        subprocess.run(["git", "-C", str(tmp_path / "shop"), *arguments], check=True)
    argv = ["git", "-C", str(tmp_path / "shop"), "rev-parse", "HEAD"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def supplies(tmp_path: Path, revision: str, build: Build | None = None, **variables: Any) -> Supplies:
    build = build or Build(context="web", args={"COLOUR": "mint"})
    web = Module("web", "team/web", "web", revision, build=build)
    db = Module("db", PINNED, "db", third_party=True)
    repository = "https://git.example.com/team/shop.git"
    manifest = Manifest(1, "shop", "shop", repository, revision, (web, db), image_source=BUILD)
    return Supplies(manifest, str(tmp_path / "shop/promotion.yml"), variables, Parcels(tmp_path / "local", Access()))


def test_a_recipe_tells_all_that_the_image_is_made_from(tmp_path: Path, revision: str) -> None:
    found = supplies(tmp_path, revision, promotion_build_args={"BASE": "debian:12"}).all()
    recipe = found["web"].recipe
    assert list(found) == ["web"]
    assert recipe is not None
    assert recipe.dockerfile_digest == sha256_digest(DOCKERFILE)
    assert recipe.build_args == {
        "COLOUR": "mint",
        "BASE": "debian:12",
        "SOURCE": "https://git.example.com/team/shop.git",
        "REVISION": revision,
    }


def test_the_archive_is_of_the_commit_and_not_of_the_working_tree(tmp_path: Path, revision: str) -> None:
    one = supplies(tmp_path, revision)
    known = one.all()
    (tmp_path / "shop/web/Dockerfile").write_text("dirty")
    assert supplies(tmp_path, revision).all() == known
    (archive,) = one.archives(known, {"web", "db"}).values()
    recipe = known["web"].recipe
    assert recipe is not None
    assert sha256_digest(archive.read_bytes()) == recipe.archive
    assert one.archives(known, {"db"}) == {}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (Build(context="web", dockerfile="Dockerfile.prod"), "no Dockerfile web/Dockerfile.prod"),
        (Build(context="nowhere"), "no folder 'nowhere'"),
    ],
)
def test_what_is_not_committed_is_a_fault_of_the_request(
    tmp_path: Path, revision: str, build: Build, words: str
) -> None:
    (fault,) = supplies(tmp_path, revision, build).faults()
    assert (fault.path, words in fault.found) == ("modules.web", True)


def test_a_checkout_without_the_revision_is_a_fault_of_the_request(tmp_path: Path, revision: str) -> None:
    (fault,) = supplies(tmp_path, "0" * 40).faults()
    assert "has no commit" in fault.found


def test_a_host_may_choose_between_registry_and_control_node(tmp_path: Path, revision: str) -> None:
    manifest = supplies(tmp_path, revision).manifest
    web, db = manifest.modules
    assert [source_of(web, manifest, chosen) for chosen in ("", REGISTRY, SSH)] == [BUILD] * 3
    assert [source_of(db, manifest, chosen) for chosen in ("", REGISTRY, SSH)] == [REGISTRY, REGISTRY, SSH]
    sent = replace(manifest, image_source=SSH)
    assert [source_of(db, sent, chosen) for chosen in ("", REGISTRY, SSH)] == [SSH, REGISTRY, SSH]
