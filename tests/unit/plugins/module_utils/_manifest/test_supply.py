# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images that no registry gives: what names them, and when the one that a host has is the right one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import decode, encode
from ansible_collections.mint.promotion.plugins.module_utils._engine.model import Image
from ansible_collections.mint.promotion.plugins.module_utils._manifest.supply import (
    Parcel,
    Recipe,
    Supply,
    is_supplied,
    resolved,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate

AMD, ARM = "linux/amd64", "linux/arm64"
RECIPE = Recipe(
    archive="sha256:" + "a" * 64,
    dockerfile="Dockerfile",
    dockerfile_digest="sha256:" + "b" * 64,
    source="https://git.example.com/team/shop.git",
    revision="c" * 40,
    args={"BASE": "debian"},
)
IMAGE_ID = "sha256:" + "e" * 64
PARCEL = Parcel(digest="sha256:" + "d" * 64, images={AMD: IMAGE_ID}, size=1)


@pytest.mark.parametrize(
    "change",
    [
        {"archive": "sha256:" + "1" * 64},
        {"dockerfile": "Dockerfile.prod"},
        {"dockerfile_digest": "sha256:" + "1" * 64},
        {"source": "https://git.example.com/other.git"},
        {"revision": "1" * 40},
        {"args": {"BASE": "alpine"}},
    ],
)
def test_other_inputs_make_another_image(change: dict[str, Any]) -> None:
    assert replace(RECIPE, **change).inputs(AMD) != RECIPE.inputs(AMD)


def test_another_platform_makes_another_image() -> None:
    assert RECIPE.inputs(AMD) != RECIPE.inputs(ARM)


def test_a_build_says_what_the_image_was_made_from() -> None:
    argv = " ".join(RECIPE.argv("mint-promotion/shop/web:1", RECIPE.inputs(AMD)))
    assert f"--label mint.promotion.build={RECIPE.inputs(AMD)}" in argv
    assert f"--label org.opencontainers.image.revision={RECIPE.revision}" in argv
    assert f"--build-arg REVISION={RECIPE.revision}" in argv
    assert "--build-arg BASE=debian" in argv


def test_images_of_no_registry_go_by_the_tag_of_the_host(data: dict[str, Any]) -> None:
    manifest = validate(data, {}, "m.yml")
    found = resolved(manifest, {"web": Supply(recipe=RECIPE), "api": Supply()}, AMD)
    assert found.module("web").image == f"mint-promotion/shop/web:{RECIPE.inputs(AMD).partition(':')[2]}"
    assert found.module("web").digest == RECIPE.inputs(AMD)
    assert found.module("api") == manifest.module("api")
    assert resolved(manifest, {"web": Supply(parcel=PARCEL)}, ARM).module("web").digest == PARCEL.digest


def image(name: str, **labels: str) -> Image:
    return Image(name, (), {name.replace("_", "."): text for name, text in labels.items()}, AMD, 1)


def test_the_tag_alone_does_not_tell_what_an_image_was_built_from() -> None:
    digest, supply = RECIPE.inputs(AMD), Supply(recipe=RECIPE)
    assert is_supplied(image("sha256:1", mint_promotion_build=digest), digest, supply)
    assert not is_supplied(image("sha256:1", mint_promotion_build=RECIPE.inputs(ARM)), digest, supply)
    assert not is_supplied(image("sha256:1"), digest, supply)
    assert not is_supplied(None, digest, supply)


def test_the_tag_alone_does_not_tell_which_image_was_sent() -> None:
    supply = Supply(parcel=PARCEL)
    assert is_supplied(image(IMAGE_ID), PARCEL.digest, supply)
    assert not is_supplied(image("sha256:1"), PARCEL.digest, supply)


def test_an_image_of_a_registry_only_has_to_be_there() -> None:
    assert is_supplied(image("sha256:1"), PARCEL.digest, None)
    assert not is_supplied(None, PARCEL.digest, None)


@pytest.mark.parametrize("supply", [Supply(), Supply(recipe=RECIPE), Supply(parcel=PARCEL)])
def test_a_supply_travels_as_plain_data(supply: Supply) -> None:
    assert decode(Supply, encode(supply)) == supply
