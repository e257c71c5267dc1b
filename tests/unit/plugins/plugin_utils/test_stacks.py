# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which hosts a run is about when several stacks share an inventory."""

from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.plugin_utils._stacks import (
    carried_stacks,
    carriers,
    only_stack,
    stacks_to_visit,
)

VARIABLES = {"web1": {"promotion_stacks": ["shop", "blog"]}, "web2": {"promotion_stacks": ["blog"]}, "web3": {}}
CARRIED = carried_stacks(VARIABLES, VARIABLES)


def test_a_host_that_does_not_say_what_it_carries_carries_every_stack() -> None:
    assert CARRIED == {"web1": ("shop", "blog"), "web2": ("blog",), "web3": None}
    assert carriers("shop", CARRIED) == ("web1", "web3")
    assert carriers("blog", CARRIED) == ("web1", "web2", "web3")


def test_a_stack_that_no_host_carries_is_refused_with_who_carries_what() -> None:
    told = "found wiki, .*web1 carries shop, blog; web2 carries blog; web4 carries none"
    with pytest.raises(InvalidInput, match=told):
        carriers("wiki", {"web1": ("shop", "blog"), "web2": ("blog",), "web4": ()})


@pytest.mark.parametrize("stacks", ["shop", ["Shop!"], 7])
def test_what_is_no_list_of_stacks_narrows_nothing(stacks: object) -> None:
    assert carried_stacks(["web1"], {"web1": {"promotion_stacks": stacks}}) == {"web1": None}


def test_the_only_stack_of_some_hosts_need_not_be_named() -> None:
    assert only_stack({"web1": ("shop",), "web2": ("shop",)}) == "shop"


@pytest.mark.parametrize(
    ("carried", "told"),
    [
        ({"web1": ("shop", "blog")}, r"one of the stacks of these hosts \(blog, shop\)"),
        ({"web1": ("shop",), "web2": ("blog",)}, r"one of the stacks of these hosts \(blog, shop\)"),
        ({"web1": ("shop",), "web2": None}, r"one of the stacks of these hosts \(shop\)"),
        ({"web1": None}, "wanted the name of a stack"),
        ({}, "wanted the name of a stack"),
    ],
)
def test_a_stack_is_never_guessed(carried: dict[str, tuple[str, ...] | None], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        only_stack(carried)


def test_a_name_that_leads_elsewhere_is_no_stack() -> None:
    with pytest.raises(InvalidInput, match="found '../shop', wanted a name of lower case letters"):
        carriers("../shop", CARRIED)


def test_to_look_around_is_to_visit_every_stack_that_is_carried() -> None:
    assert stacks_to_visit(CARRIED, "", "wiki") == {"web1": ("shop", "blog"), "web2": ("blog",), "web3": ("wiki",)}
    assert stacks_to_visit(CARRIED, "shop", "") == {"web1": ("shop",), "web3": ("shop",)}


def test_a_host_that_says_nothing_needs_a_name_from_elsewhere() -> None:
    with pytest.raises(InvalidInput, match="because web3 does not say which it carries"):
        stacks_to_visit(CARRIED, "", "")
