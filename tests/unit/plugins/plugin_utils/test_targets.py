# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.plugin_utils._targets import (
    choose_environment,
    choose_hosts,
    refuse_reserved,
    refuse_shared,
)

GROUPS = {"all": ["s1", "p1", "p2"], "staging": ["s1"], "prod": ["p1", "p2"], "empty": []}
ENVIRONMENTS = ("staging", "prod")
EVERYTHING = ("s1", "p1", "p2")


def test_a_promotion_goes_to_prod_unless_told_otherwise() -> None:
    assert choose_environment("promote", "", ENVIRONMENTS, GROUPS, EVERYTHING) == "prod"
    assert choose_environment("promote", "staging", ENVIRONMENTS, GROUPS, EVERYTHING) == "staging"


def test_a_rollback_is_about_the_one_environment_that_the_limit_leaves() -> None:
    assert choose_environment("rollback", "", ENVIRONMENTS, GROUPS, ("s1",)) == "staging"
    assert choose_environment("rollback", "prod", ENVIRONMENTS, GROUPS, EVERYTHING) == "prod"


def test_a_rollback_over_two_environments_is_refused() -> None:
    with pytest.raises(InvalidInput, match="staging, prod"):
        choose_environment("rollback", "", ENVIRONMENTS, GROUPS, EVERYTHING)


def test_an_environment_that_is_no_group_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidInput, match="found production, wanted .*staging, prod"):
        choose_environment("promote", "production", ENVIRONMENTS, GROUPS, EVERYTHING)


def test_hosts_keep_the_order_of_the_inventory() -> None:
    assert choose_hosts("prod", GROUPS, ("p2", "p1")) == ("p1", "p2")


@pytest.mark.parametrize(
    ("environment", "limited", "told"),
    [
        ("empty", EVERYTHING, "empty: found no hosts"),
        ("prod", ("s1",), "prod: found none of its hosts, wanted some of p1, p2"),
    ],
)
def test_no_hosts_is_refused_and_never_a_success(environment: str, limited: tuple[str, ...], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        choose_hosts(environment, GROUPS, limited)


@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_a_group_that_is_no_environment_cannot_span_them(action: str) -> None:
    with pytest.raises(InvalidInput, match=r"found all, wanted .*staging, prod.*promotion_environments says"):
        choose_environment(action, "all", ENVIRONMENTS, GROUPS, EVERYTHING)


def test_a_host_of_two_environments_is_refused_and_named() -> None:
    groups = {**GROUPS, "staging": ["s1", "p2"]}
    refuse_shared(("p1",), ENVIRONMENTS, groups)
    with pytest.raises(InvalidInput, match="p2: found a host of staging, prod"):
        refuse_shared(("p1", "p2"), ENVIRONMENTS, groups)


def test_no_host_has_the_name_that_stands_for_the_control_node() -> None:
    refuse_reserved(("p1", "control-1"))
    with pytest.raises(InvalidInput, match="control: found a host of this name, wanted another name"):
        refuse_reserved(("p1", "control"))
