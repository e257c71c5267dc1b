# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a pushed image has to be before a manifest names it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Build, Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.pushed import (
    Expectation,
    PinPlan,
    chosen_modules,
    image_faults,
    pin_plans,
    revision_of,
    same_address,
)
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import ImageConfig, PushedImage

DIGEST = "sha256:" + "1" * 64
REVISION, OTHER = "a" * 40, "b" * 40
SOURCE = "https://git.example.com/team/shop.git"
LABELS = {"org.opencontainers.image.revision": REVISION, "org.opencontainers.image.source": SOURCE}
PLAN = PinPlan("web", "registry.example.com/team/web", "v1")
WANTED = Expectation(SOURCE, ("linux/amd64",))
MANIFEST = Manifest(
    schema=1,
    stack="shop",
    project="shop",
    repository=SOURCE,
    revision=REVISION,
    modules=(
        Module("web", f"registry.example.com/team/web@{DIGEST}", "web", REVISION),
        Module("api", f"registry.example.com/team/api@{DIGEST}", "api", REVISION),
        Module("database", f"postgres@{DIGEST}", "database", third_party=True),
    ),
)


def image(*platforms: str, **labels: str | None) -> PushedImage:
    kept = {name: text for name, text in {**LABELS, **labels}.items() if text is not None}
    return PushedImage(DIGEST, platforms, {one: ImageConfig(one, kept) for one in platforms})


def faults(found: PushedImage, plan: PinPlan = PLAN, wanted: Expectation = WANTED) -> list[str]:
    return [str(one) for one in image_faults(plan, found, wanted)]


def test_an_image_of_the_right_commit_and_repository_has_no_fault() -> None:
    assert faults(image("linux/amd64")) == []
    assert faults(image("linux/amd64"), wanted=replace(WANTED, revision=REVISION)) == []
    both = replace(WANTED, platforms=("linux/amd64", "linux/arm64/v8"))
    assert faults(image("linux/amd64", "linux/arm64"), wanted=both) == []


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"org.opencontainers.image.revision": None}, "found no label org.opencontainers.image.revision"),
        ({"org.opencontainers.image.revision": "v1.2.3"}, 'revision "v1.2.3", wanted a full git commit'),
        ({"org.opencontainers.image.revision": REVISION[:12]}, "wanted a full git commit"),
        ({"org.opencontainers.image.source": None}, "found no label org.opencontainers.image.source"),
        ({"org.opencontainers.image.source": "https://git.example.com/team/other"}, f"source.repository, {SOURCE}"),
    ],
)
def test_labels_that_do_not_fit_are_told_with_the_place(labels: dict[str, str | None], words: str) -> None:
    (fault,) = faults(image("linux/amd64", **labels))
    assert fault.startswith("registry.example.com/team/web:v1: modules.web:")
    assert words in fault


def test_an_image_of_another_commit_than_the_one_asked_for_is_a_fault() -> None:
    (fault,) = faults(image("linux/amd64"), wanted=replace(WANTED, revision=OTHER))
    assert f'"{REVISION}", wanted {OTHER}' in fault


def test_every_platform_has_to_be_there_and_to_be_what_it_is_called() -> None:
    both = replace(WANTED, platforms=("linux/amd64", "linux/arm64"))
    (fault,) = faults(image("linux/amd64"), wanted=both)
    assert "found an image for linux/amd64, wanted one for linux/arm64" in fault
    mislabelled = PushedImage(DIGEST, ("linux/amd64",), {"linux/amd64": ImageConfig("linux/arm64", LABELS)})
    assert "an image for linux/arm64 in the place of linux/amd64" in faults(mislabelled)[0]


def test_an_image_of_others_needs_its_platform_only() -> None:
    plan = replace(PLAN, third_party=True)
    bare = PushedImage(DIGEST, ("linux/amd64",), {"linux/amd64": ImageConfig("linux/amd64")})
    assert faults(bare, plan) == []
    assert len(faults(bare, plan, replace(WANTED, platforms=("linux/s390x",)))) == 1


def test_platforms_of_two_commits_have_no_revision_in_common() -> None:
    assert revision_of(image("linux/amd64", "linux/arm64")) == REVISION
    configs = {
        "linux/amd64": ImageConfig("linux/amd64", LABELS),
        "linux/arm64": ImageConfig("linux/arm64", {**LABELS, "org.opencontainers.image.revision": OTHER}),
    }
    mixed = PushedImage(DIGEST, tuple(configs), configs)
    assert revision_of(mixed) is None
    (fault,) = faults(mixed, wanted=replace(WANTED, platforms=("linux/amd64", "linux/arm64")))
    assert "one commit for all platforms" in fault


@pytest.mark.parametrize(
    ("names", "tags", "chosen"),
    [
        ([], {}, ["web", "api"]),
        ([], {"database": "16"}, ["web", "api", "database"]),
        (["api"], {"web": "v2"}, ["api"]),
        (["database"], {}, ["database"]),
    ],
)
def test_modules_of_others_are_pinned_when_they_are_named(
    names: list[str], tags: dict[str, str], chosen: list[str]
) -> None:
    assert [one.name for one in chosen_modules(MANIFEST, names, tags)] == chosen


def test_unknown_modules_come_all_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        chosen_modules(MANIFEST, ["wbe"], {"nobody": "v1"})
    assert [one.source for one in caught.value.violations] == ["promotion_modules", "promotion_tags"]
    assert 'did you mean "web"?' in str(caught.value)


def test_what_hosts_build_is_looked_up_nowhere() -> None:
    web, *others = MANIFEST.modules
    built = replace(MANIFEST, image_source="build", modules=(replace(web, build=Build()), *others))
    with pytest.raises(Refused, match=r"Every host builds web \(image_source: build\)"):
        chosen_modules(built, [], {})
    assert [one.name for one in chosen_modules(built, ["database"], {})] == ["database"]


def test_a_module_has_its_own_tag_or_the_common_one() -> None:
    plans = pin_plans(MANIFEST.modules, {"api": "v2", "database": "16"}, "v1", "127.0.0.1:5000")
    assert [plan.reference for plan in plans] == [
        "127.0.0.1:5000/team/web:v1",
        "127.0.0.1:5000/team/api:v2",
        "postgres:16",
    ]


def test_tags_that_are_missing_or_none_come_all_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        pin_plans(MANIFEST.modules, {"api": "../v2"}, "v1 ", None)
    assert [one.path for one in caught.value.violations] == ["database", "api", "web"]


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.com/team/shop",
        "https://git.example.com/team/shop.git/",
        "https://ada@GIT.example.com/team/shop.git",
        "ssh://git@git.example.com/team/shop.git",
        "git@git.example.com:team/shop.git",
    ],
)
def test_one_repository_has_many_addresses(address: str) -> None:
    assert same_address(address) == same_address(SOURCE)


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.com/team/shop2",
        "https://git.example.com/Team/shop",
        "https://example.com/team/shop",
        "https://git.example.com:8443/team/shop",
        "",
    ],
)
def test_other_repositories_are_not_taken_for_it(address: str) -> None:
    assert same_address(address) != same_address(SOURCE)


PART = st.from_regex(r"\A[a-zA-Z0-9_-]{1,8}\Z")


@given(PART, st.lists(PART, min_size=1, max_size=3).map("/".join), st.text(max_size=30))
def test_any_repository_is_known_by_all_its_addresses_and_by_no_other_text(host: str, path: str, text: str) -> None:
    known = {
        same_address(f"{start}{path}{end}")
        for start in (f"https://{host}/", f"ssh://git@{host}/", f"git@{host}:")
        for end in ("", ".git")
    }
    assert known == {f"{host.lower()}/{path}"}
    assert same_address(text) not in known
