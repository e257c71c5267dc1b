# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of hosts: what would fail half way is told at the beginning."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.plugin_utils._host_settings import SETTINGS, bad_settings

GOOD: dict[str, tuple[Any, ...]] = {
    "promotion_root": ("/opt", "/srv/promotion", "~/promotion"),
    "promotion_stacks": ([], ["shop"], ["shop", "mint-modules_2"]),
    "promotion_serial": (1, 0, "2", "50%", [1, "100%"], []),
    "promotion_lock_lease": (1, "900", 3600),
    "promotion_owner": ("deploy", "www-data", None),
    "promotion_group": ("docker", "ops@example.com", None),
    "promotion_directory_mode": ("0750", "755", "0700"),
    "promotion_file_mode": ("0640", "0644", "600"),
    "promotion_env_mode": ("0600", "0640"),
    "promotion_image_source": ("registry", "ssh"),
    "promotion_build_args": ({}, {"BASE": "debian:12", "JOBS": 2}),
}
BAD: dict[str, tuple[Any, ...]] = {
    "promotion_root": ("opt", "", "/", None, 7, "/opt/../etc", "/opt/."),
    "promotion_stacks": ("shop", ["Shop"], ["../x"], [7], {"shop": 1}, None),
    "promotion_serial": ("one", [1, "half"], True, "1.5%", None),
    "promotion_lock_lease": (0, -1, "abc", True, 1.5, None, "1 h"),
    "promotion_owner": ("a b", "../x", 1000, "", "-x"),
    "promotion_group": ("a:b", ["docker"]),
    "promotion_directory_mode": ("0640", 488, "rwx", "u=rwx"),
    "promotion_file_mode": ("0440", 416, "9999", "06400", None),
    "promotion_env_mode": ("0604", "0644", 384, "0000"),
    "promotion_image_source": ("build", "", None, ["ssh"]),
    "promotion_build_args": ("BASE=debian", ["BASE"], {"BASE": None}, {"BASE": ["debian"]}),
}


def told(**variables: Any) -> list[str]:
    return [str(one) for one in bad_settings(variables)]


def test_every_setting_is_tried_here() -> None:
    assert set(GOOD) == set(BAD) == set(SETTINGS)


def test_a_host_without_any_setting_has_no_fault() -> None:
    assert told() == []


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_what_works_is_taken(name: str, value: Any) -> None:
    assert told(**{name: value}) == []


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_what_would_fail_later_is_told_with_what_is_wanted(name: str, value: Any) -> None:
    (fault,) = told(**{name: value})
    assert fault.startswith(f"{name}: found {value!r}, wanted {SETTINGS[name].wanted}")


def test_a_mode_without_quotes_is_explained() -> None:
    (fault,) = told(promotion_file_mode=0o640)
    assert "found 416" in fault and "YAML reads 0640 without quotes as the number 416" in fault


def test_all_faults_come_at_once() -> None:
    told_of = [one.partition(":")[0] for one in told(promotion_root="opt", promotion_lock_lease=0)]
    assert told_of == ["promotion_root", "promotion_lock_lease"]


@given(st.integers(0, 0o777))
def test_an_env_file_that_everybody_may_read_is_never_taken(mode: int) -> None:
    if not told(promotion_env_mode=f"{mode:04o}"):
        assert mode & 0o007 == 0
        assert mode & 0o600 == 0o600
