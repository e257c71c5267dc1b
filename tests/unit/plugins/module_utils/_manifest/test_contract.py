# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values that an environment owes to the modules."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import (
    check_values,
    contract,
    contract_values,
    secret_sources,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate


@pytest.fixture
def manifest(data: dict[str, Any]) -> Manifest:
    data["modules"]["api"]["environment"] = {
        "API_KEY": {"from": "SHOP_KEY", "secret": True, "pattern": "^k-"},
        "PORT": {"default": "9000"},
        "NOTE": {"required": False},
    }
    data["modules"]["web"]["environment"] = {"KEY": {"from": "SHOP_KEY", "secret": True}, "NAME": {}}
    return validate(data, {}, "m.yml")


def test_defaults_are_filled_in_and_optional_values_left_out(manifest: Manifest) -> None:
    values = contract_values(manifest, {"SHOP_KEY": "k-1", "NAME": "Shop", "UNUSED": "x"})
    assert values == {"SHOP_KEY": "k-1", "NAME": "Shop", "API_PORT": "9000"}


def test_a_given_value_wins_over_the_default_even_when_it_is_empty(manifest: Manifest) -> None:
    assert contract_values(manifest, {"API_PORT": ""})["API_PORT"] == ""


def test_numbers_and_booleans_become_text(manifest: Manifest) -> None:
    assert contract_values(manifest, {"API_PORT": 80, "NOTE": True, "NAME": 0.5}) == {
        "API_PORT": "80",
        "NOTE": "true",
        "NAME": "0.5",
    }


def test_values_that_fit_have_no_fault(manifest: Manifest) -> None:
    assert check_values(manifest, {"SHOP_KEY": "k-1", "NAME": "a  $b #c 'd' \"e\"\tf", "OTHER": []}, "prod") == ()


def test_every_missing_value_is_told_with_its_users(manifest: Manifest) -> None:
    faults = check_values(manifest, {}, "inventory of prod")
    assert [fault.path for fault in faults] == ["SHOP_KEY", "NAME"]
    key = next(fault for fault in faults if fault.path == "SHOP_KEY")
    assert "web.KEY, api.API_KEY" in key.wanted
    assert "vault" in key.remedy


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["a"], "a list"),
        ({"a": "b"}, "a mapping"),
        ("one\ntwo", "U+000A"),
        ("one\rtwo", "U+000D"),
        ("one\x00", "U+0000"),
    ],
)
def test_a_value_that_no_variable_can_hold_is_refused(manifest: Manifest, value: object, words: str) -> None:
    (fault,) = check_values(manifest, {"SHOP_KEY": "k-1", "NAME": value}, "prod")
    assert words in fault.found


@pytest.mark.parametrize("value", ["hunter2", ["hunter2"], "hunter2\n", {"hunter2": 1}, 77553311])
def test_no_message_repeats_a_secret(manifest: Manifest, value: object) -> None:
    faults = check_values(manifest, {"SHOP_KEY": value, "NAME": "x"}, "prod")
    assert len(faults) == 1
    assert not any(word in str(faults) for word in ("hunter2", "77553311"))


def test_a_value_of_two_modules_must_suit_both(manifest: Manifest) -> None:
    (value,) = [one for one in contract(manifest) if one.source == "SHOP_KEY"]
    assert value.used_by == ("web.KEY", "api.API_KEY")
    (fault,) = check_values(manifest, {"SHOP_KEY": "x-1", "NAME": "x"}, "prod")
    assert fault.wanted == "a match of the pattern ^k-"


def test_secret_sources_are_named_once(manifest: Manifest) -> None:
    assert secret_sources(manifest) == ("SHOP_KEY",)
