# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What describes an image is read in both forms, and refused when it is something else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import NotVerified
from ansible_collections.mint.promotion.plugins.module_utils._registry.documents import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    choose,
    read_config,
    read_manifest,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import (
    Descriptor,
    ImageConfig,
    ImageIndex,
    ImageManifest,
)

ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
CONFIG: dict[str, Any] = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": ONE, "size": 7}
LAYER: dict[str, Any] = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": OTHER, "size": 9}
IMAGE: dict[str, Any] = {"schemaVersion": 2, "mediaType": MANIFEST_TYPES[0], "config": CONFIG, "layers": [LAYER]}


def content(**changes: Any) -> bytes:
    return json.dumps({name: value for name, value in {**IMAGE, **changes}.items() if value is not None}).encode()


def index(*platforms: dict[str, str] | None) -> bytes:
    manifests = [
        {"mediaType": MANIFEST_TYPES[0], "digest": f"sha256:{number:064x}", "size": 1, "platform": platform}
        for number, platform in enumerate(platforms)
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPES[0], "manifests": manifests}).encode()


@pytest.mark.parametrize("media_type", MANIFEST_TYPES)
def test_a_manifest_names_configuration_and_layers(media_type: str) -> None:
    wanted = ImageManifest(Descriptor(CONFIG["mediaType"], ONE, 7), (Descriptor(LAYER["mediaType"], OTHER, 9),))
    assert read_manifest(content(mediaType=media_type), "", "It") == wanted
    assert read_manifest(content(mediaType=None), f"{media_type}; charset=utf-8", "It") == wanted


def test_an_index_gives_the_image_of_a_platform() -> None:
    read = read_manifest(
        index(
            {"os": "linux", "architecture": "arm64", "variant": "v8"},
            {"os": "linux", "architecture": "amd64"},
            {"os": "unknown", "architecture": "unknown"},
        ),
        "",
        "It",
    )
    assert isinstance(read, ImageIndex)
    assert [one.digest[-1] for one in choose(read, "linux/amd64")] == ["1"]
    assert [one.digest[-1] for one in choose(read, "linux/arm64")] == ["0"]
    assert choose(read, "linux/s390x") == ()


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (b"<html>", "It is no JSON"),
        (b"[1]", "It is no JSON object"),
        (content(mediaType="application/vnd.docker.distribution.manifest.v1+prettyjws"), "manifest.v1"),
        (content(manifests=[]), "wanted an image"),
        (content(mediaType=INDEX_TYPES[0], manifests=[]), "wanted an image"),
        (content(config=None), "wanted an image"),
        (content(layers={}), "no list of layers"),
        (content(layers=["x"]), "a descriptor that is no JSON object"),
        (content(config={**CONFIG, "digest": "sha256:short"}), "the digest 'sha256:short'"),
        (content(config={**CONFIG, "size": -1}), "the size '-1'"),
        (content(config={**CONFIG, "size": True}), "the size 'True'"),
    ],
)
def test_what_is_no_image_is_refused_with_the_reason(bytes_: bytes, words: str) -> None:
    with pytest.raises(NotVerified, match=words):
        read_manifest(bytes_, "", "It")


def test_a_configuration_tells_platform_and_labels() -> None:
    data = {"os": "linux", "architecture": "arm", "variant": "v7", "config": {"Labels": {"a": "b"}}}
    assert read_config(json.dumps(data).encode(), "It") == ImageConfig("linux/arm/v7", {"a": "b"})
    bare = {"os": "linux", "architecture": "amd64", "config": {"Labels": None}}
    assert read_config(json.dumps(bare).encode(), "It") == ImageConfig("linux/amd64")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["mediaType", "config", "manifests", "layers", "digest", "Labels"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from([*MANIFEST_TYPES, *INDEX_TYPES]))
def test_no_document_of_a_registry_is_worse_than_refused(data: Any, media_type: str) -> None:
    for read in (lambda text: read_manifest(text, media_type, "It"), lambda text: read_config(text, "It")):
        try:
            read(json.dumps(data).encode())
        except NotVerified as error:
            assert str(error).startswith("It ")
