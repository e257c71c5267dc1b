# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers of others that share a Compose project with a stack: a promotion must not remove them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import stage

from .conftest import docker
from .test_release import Shop, other, pinned, shop

__all__ = ["pinned", "shop"]


@pytest.fixture
def stranger(shop: Shop) -> Iterator[str]:
    """A container that somebody else started under the project's name, after the first release went live."""
    shop.promote(shop.manifest())
    labels = {"com.docker.compose.project": shop.project, "com.docker.compose.service": "metrics"}
    labels |= {"com.docker.compose.oneoff": "False", "com.docker.compose.container-number": "1"}
    options = [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]
    name = f"{shop.project}-metrics-1"
    docker("run", "--detach", "--name", name, *options, shop.image, "sh", "-c", "sleep 600")
    yield name
    docker("rm", "--force", name)


def test_a_container_that_joined_the_project_later_is_not_removed(shop: Shop, stranger: str) -> None:
    before = shop.containers()
    report = shop.promote(other(shop))
    assert report.outcome == "refused"
    assert report.failure is not None
    assert stranger in report.failure.message
    assert shop.containers() == before


def test_the_same_stack_below_another_root_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    shop.promote(shop.manifest())
    before = shop.containers()
    elsewhere = replace(shop, root=tmp_path / "elsewhere", runs=[])
    report = elsewhere.promote(other(shop))
    assert report.outcome == "refused"
    assert report.failure is not None
    assert "promotion_root" in report.failure.remedy
    assert shop.containers() == before


def test_a_root_that_moved_behind_a_link_is_the_same_root(shop: Shop, tmp_path: Path) -> None:
    shop.promote(shop.manifest())
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    assert replace(shop, root=link).promote(other(shop)).outcome == "promoted"


def test_another_project_name_does_not_start_a_second_copy_beside_the_live_one(shop: Shop) -> None:
    shop.promote(shop.manifest())
    before = shop.containers()
    report = shop.promote(replace(shop.manifest(), project=f"{shop.project}-renamed"))
    assert report.outcome == "refused"
    assert report.failure is not None
    assert "Keep stack.project" in report.failure.remedy
    assert shop.containers() == before


class Rival(Engine):
    """The engine of a host on which another stack's retention gives an image up just before this one tags it."""

    gave_up = False

    def tag(self, reference: str, tag: str) -> None:
        if not self.gave_up:
            self.gave_up = True
            self.remove_image(reference)
        super().tag(reference, tag)


def test_an_image_that_another_stack_gives_up_meanwhile_is_fetched_again(shop: Shop) -> None:
    staged = shop.stage(shop.manifest(), lambda host, request: stage(replace(host, engine=Rival()), request))
    assert staged.report.outcome == "staged"
    assert shop.activate().outcome == "promoted"
