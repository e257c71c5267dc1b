# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a promotion of some modules takes over from the live manifest, and what it can't."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._manifest.inherit import (
    inherited_values,
    module_names,
    moved_attachments,
    says_the_same,
    unknown_modules,
    with_inherited,
    with_live_images,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Attachment,
    Manifest,
    Module,
    Mount,
    Variable,
)

NAMES = st.sets(st.sampled_from(["web", "api", "db", "jobs"]))
VALUES = st.dictionaries(st.sampled_from(["WEB", "API", "SHARED"]), st.sampled_from(["1", "2"]))


def a_module(name: str, *sources: str, **fields: Any) -> Module:
    variables = tuple(Variable(source, source, required=False) for source in sources)
    return Module(name, f"registry.example.com/{name}@sha256:{'1' * 64}", name, environment=variables, **fields)


def a_manifest(*modules: Module, **fields: Any) -> Manifest:
    return Manifest(1, "shop", "shop", "r", fields.pop("revision", "a" * 40), modules, **fields)


@given(NAMES, NAMES, NAMES)
def test_every_module_is_the_new_one_where_it_was_named_and_the_live_one_elsewhere(
    live: set[str], new: set[str], asked: set[str]
) -> None:
    named = asked & new
    given_data = {"stack": "new", "modules": {name: {"says": "new"} for name in sorted(new)}}
    live_data = {"stack": "live", "modules": {name: {"says": "live"} for name in sorted(live)}}
    composed = with_inherited(given_data, live_data, named)
    assert composed["stack"] == "new"
    assert composed["modules"] == {name: {"says": "new" if name in named else "live"} for name in live | named}
    assert list(composed["modules"])[: len(live)] == sorted(live)


def test_migrations_go_with_their_modules() -> None:
    old, new = {"id": "1", "module": "api"}, {"id": "2", "module": "api"}
    own = {"id": "3", "module": "web"}
    live = {"modules": {"api": {}, "web": {}}, "migrations": [old]}
    given_data = {"modules": {"api": {}, "web": {}}, "migrations": [new, own]}
    assert with_inherited(given_data, live, {"web"})["migrations"] == [old, own]
    assert "migrations" not in with_inherited({"modules": {"web": {}}}, {"modules": {"api": {}}}, {"web"})


@given(VALUES, VALUES)
def test_inherited_modules_get_their_live_values_or_the_promotion_is_impossible(
    new: dict[str, str], live: dict[str, str]
) -> None:
    manifest = a_manifest(a_module("web", "WEB", "SHARED"), a_module("api", "API", "SHARED"))
    sent = {source: value for source, value in new.items() if source != "API"}
    values, clashes = inherited_values(manifest, ("api",), sent, live)
    assert clashes == (("SHARED",) if sent.get("SHARED") != live.get("SHARED") else ())
    assert values.get("WEB") == new.get("WEB")
    assert values.get("API") == live.get("API")
    if not clashes:
        assert {name: values.get(name) for name in ("API", "SHARED")} == {
            name: live.get(name) for name in ("API", "SHARED")
        }


def test_a_network_or_volume_that_an_inherited_module_would_lose_is_named() -> None:
    api = a_module("api", networks=("net",), volumes=(Mount("data", "/data"),))
    web = a_module("web", networks=("net", "other"))
    same = Attachment("data", "shop_data", external=False)
    live = a_manifest(web, api, networks=(Attachment("net", "old"), Attachment("other", "old")), volumes=(same,))
    new = a_manifest(web, api, networks=(Attachment("net", "new"), Attachment("other", "new")), volumes=(same,))
    (fault,) = moved_attachments(new, live, ("api",))
    assert (fault.path, fault.found) == ("modules.api", "net as the external new")
    assert fault.wanted == "the external old, as it is live"
    assert fault.remedy == "promote api as well"
    assert not list(moved_attachments(live, live, ("api", "web")))


def test_a_volume_with_the_key_of_a_network_is_not_taken_for_it() -> None:
    api = a_module("api", networks=("data",))
    live = a_manifest(api, networks=(Attachment("data", "n"),), volumes=(Attachment("data", "v"),))
    new = a_manifest(api, networks=(Attachment("data", "n"),), volumes=(Attachment("data", "w"),))
    assert not list(moved_attachments(new, live, ("api",)))


def test_inherited_modules_keep_the_image_that_the_host_has() -> None:
    manifest = a_manifest(a_module("web"), a_module("api"))
    own = with_live_images(manifest, ("api",), {"web": "mint-promotion/shop/web:1", "api": "mint-promotion/shop/api:2"})
    assert [one.image for one in own.modules] == [manifest.module("web").image, "mint-promotion/shop/api:2"]


def test_a_commit_that_changes_no_module_changes_nothing() -> None:
    assert says_the_same(a_manifest(a_module("web")), a_manifest(a_module("web"), revision="b" * 40))
    assert not says_the_same(a_manifest(a_module("web")), a_manifest(a_module("api")))
    assert not says_the_same(a_manifest(a_module("web")), a_manifest(a_module("web"), retention=1))


@pytest.mark.parametrize(
    ("given_names", "names"), [([], ()), ([""], ()), ([" web", "api ", "web"], ("web", "api")), (["web"], ("web",))]
)
def test_blanks_are_no_modules(given_names: list[str], names: tuple[str, ...]) -> None:
    assert module_names(given_names) == names


def test_an_unknown_module_is_told_with_the_known_ones() -> None:
    (fault,) = unknown_modules(a_manifest(a_module("web"), a_module("api")), ["web", "wep"])
    assert fault.found == '"wep"'
    assert fault.wanted == "modules of the manifest (web, api)"
    assert fault.remedy == 'did you mean "web"?'
