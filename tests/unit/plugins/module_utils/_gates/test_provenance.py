# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What labels say of images, held against the manifest: what differs fails, what nobody saw passes never."""

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.provenance import (
    Seen,
    judge_provenance,
    to_look_up,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module

REVISION, OTHER = "a" * 40, "b" * 40
SOURCE = "https://git.example.com/team/shop.git"
GOOD = {"org.opencontainers.image.revision": REVISION, "org.opencontainers.image.source": SOURCE}
WEB = Module("web", f"registry.example.com/web@sha256:{'1' * 64}", "web", REVISION)
STOCK = Module("db", f"registry.example.com/postgres@sha256:{'2' * 64}", "db", third_party=True)
MANIFEST = Manifest(1, "shop", "shop", SOURCE, REVISION, (WEB,))
WITH_STOCK = Manifest(1, "shop", "shop", SOURCE, REVISION, (WEB, STOCK))


def image(module: str = "web", **fields: Any) -> dict[str, Any]:
    absent = {"module": module, "here": False, "source": "registry", "registry": True, "reason": ""}
    return {**absent, **fields}


def here(module: str = "web", labels: Mapping[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    return image(module, here=True, registry=None, labels=GOOD if labels is None else labels, **fields)


def hosts(*images: dict[str, Any]) -> dict[str, Any]:
    """One host for each image of a module."""
    return {f"prod-{number}": {"images": {"value": [one]}} for number, one in enumerate(images)}


def test_hosts_that_have_the_image_need_nobody_else() -> None:
    evidence = hosts(here(), here())
    assert to_look_up(MANIFEST, evidence) == ()
    found = judge_provenance(MANIFEST, evidence, {})
    assert (found.verdict, found.counts, found.remedy) == (PASSED, "1/1 images", "")


def test_an_image_that_a_host_lacks_is_looked_up() -> None:
    evidence = hosts(here(), image())
    assert [module.name for module, _held in to_look_up(MANIFEST, evidence)] == ["web"]
    assert judge_provenance(MANIFEST, evidence, {"web": Seen((GOOD,))}).verdict == PASSED


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({**GOOD, "org.opencontainers.image.revision": OTHER}, (OTHER, REVISION)),
        ({"org.opencontainers.image.source": SOURCE}, ("org.opencontainers.image.revision is not there", REVISION)),
        ({**GOOD, "org.opencontainers.image.source": "https://git.example.com/team/fork"}, ("team/fork", SOURCE)),
    ],
)
def test_an_image_of_something_else_fails_wherever_it_was_seen(labels: dict[str, str], words: tuple[str, ...]) -> None:
    on_a_host = judge_provenance(MANIFEST, hosts(here(), here(labels=labels)), {})
    in_registry = judge_provenance(MANIFEST, hosts(here(), image()), {"web": Seen((GOOD, labels))})
    for found in (on_a_host, in_registry):
        assert (found.verdict, found.counts) == (FAILED, "0/1 images")
        assert found.found.startswith("web: ")
        assert [word for word in words if word not in found.found] == []
        assert "mint.promotion.build" in found.remedy


def test_the_same_repository_has_several_addresses() -> None:
    labels = {**GOOD, "org.opencontainers.image.source": "git@git.example.com:team/shop"}
    assert judge_provenance(MANIFEST, hosts(here(labels=labels)), {}).verdict == PASSED


def test_an_image_without_a_source_is_not_proven() -> None:
    labels = {"org.opencontainers.image.revision": REVISION}
    found = judge_provenance(MANIFEST, hosts(here(labels=labels)), {})
    assert (found.verdict, "no label org.opencontainers.image.source" in found.found) == (INCONCLUSIVE, True)


def test_what_cannot_be_looked_up_is_not_proven() -> None:
    found = judge_provenance(MANIFEST, hosts(image()), {"web": Seen(reason="The registry does not answer")})
    assert (found.verdict, found.found) == (INCONCLUSIVE, "web: The registry does not answer")


def test_an_image_that_a_registry_does_not_have_fails() -> None:
    evidence = hosts(here(), image(registry=False, reason="no such manifest"))
    found = judge_provenance(MANIFEST, evidence, {"web": Seen(reason="The registry does not answer")})
    assert (found.verdict, found.found) == (FAILED, "web: no such manifest")


def test_of_an_image_of_others_it_is_enough_that_it_is_there() -> None:
    for one in (here("db", {}), image("db")):
        evidence = {"prod-1": {"images": {"value": [here(), one]}}}
        assert to_look_up(WITH_STOCK, evidence) == ()
        assert judge_provenance(WITH_STOCK, evidence, {}).verdict == PASSED
    unasked = {"prod-1": {"images": {"value": [here(), image("db", registry=None)]}}}
    assert [module.name for module, _held in to_look_up(WITH_STOCK, unasked)] == ["db"]
    assert judge_provenance(WITH_STOCK, unasked, {"db": Seen()}).verdict == PASSED
    assert judge_provenance(WITH_STOCK, unasked, {"db": Seen(reason="no answer")}).verdict == INCONCLUSIVE


def test_what_a_host_builds_is_from_the_commit_that_it_is_built_from() -> None:
    evidence = hosts(image(source="build", registry=None), here(source="build"))
    assert to_look_up(MANIFEST, evidence) == ()
    assert judge_provenance(MANIFEST, evidence, {}).verdict == PASSED


@pytest.mark.parametrize("evidence", [{}, {"prod-1": None}, {"prod-1": {"images": {"value": None}}}])
def test_without_a_word_of_a_host_every_image_is_looked_up(evidence: dict[str, Any]) -> None:
    assert [module.name for module, _held in to_look_up(WITH_STOCK, evidence)] == ["web", "db"]
