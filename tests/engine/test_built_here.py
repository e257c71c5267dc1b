# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images that a host builds itself: from the archive that was announced, and live only under the id that was staged."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.supply import Recipe, Supply, resolved

from .conftest import REVISION, docker
from .test_release import REPOSITORY, Shop, pinned, shop  # noqa: F401  # pylint: disable=unused-import

PLATFORM = "linux/amd64"


@dataclass(frozen=True)
class Build:
    """A module that is built on this machine: its manifest, and what comes with it."""

    manifest: Manifest
    request: dict[str, Any]
    archive: Path

    @property
    def tag(self) -> str:
        return self.manifest.modules[0].image


@pytest.fixture
def build(shop: Shop, tmp_path: Path) -> Build:  # noqa: F811
    dockerfile = f"FROM {shop.image}\nARG REVISION\nENV REVISION=$REVISION\n".encode()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        member = tarfile.TarInfo("Dockerfile")
        member.size = len(dockerfile)
        tar.addfile(member, io.BytesIO(dockerfile))
    archive = tmp_path / "web.tar"
    archive.write_bytes(content.getvalue())
    digests = (sha256_digest(content.getvalue()), "Dockerfile", sha256_digest(dockerfile))
    supplies = {"web": Supply(recipe=Recipe(*digests, REPOSITORY, REVISION))}
    request = {"supplies": supplies, "delivered": {"web": str(archive)}}
    return Build(resolved(shop.manifest(), supplies, PLATFORM), request, archive)


def test_a_tag_that_was_given_to_another_image_does_not_go_live(shop: Shop, build: Build) -> None:  # noqa: F811
    staged = shop.stage(build.manifest, **build.request).report
    assert (staged.outcome, staged.notes) == ("staged", ("web: its image was built here",))
    docker("tag", shop.image, build.tag)
    report = shop.activate()
    assert report.failure is not None
    assert (report.outcome, report.live) == ("failed", None)
    assert "not the one that was staged" in report.failure.message

    assert shop.stage(build.manifest, **build.request).report.notes == ("web: its image was built here",)
    report = shop.activate()
    assert report.outcome == "promoted"
    release = shop.host.store.read(str(report.live))
    assert release.images == {"web": docker("image", "inspect", "--format", "{{.Id}}", build.tag)}
    assert release.builds["web"]["archive"] == sha256_digest(build.archive.read_bytes())


def test_what_was_built_once_is_not_built_again(shop: Shop, build: Build) -> None:  # noqa: F811
    shop.stage(build.manifest, **build.request)
    shop.activate()
    build.archive.unlink()
    assert shop.stage(build.manifest, supplies=build.request["supplies"]).report.outcome == "no_change"


def test_another_archive_than_the_announced_one_is_not_built(shop: Shop, build: Build) -> None:  # noqa: F811
    build.archive.write_bytes(build.archive.read_bytes() + b"\0" * 512)
    report = shop.stage(build.manifest, **build.request).report
    assert report.outcome == "failed"
    assert report.failure is not None
    assert "wanted sha256:" in report.failure.message
    assert shop.host.lock.holding() is None
