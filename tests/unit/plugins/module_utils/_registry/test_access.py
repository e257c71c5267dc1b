# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How registries are asked is checked as a whole, and never shows a password."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._registry.access import read_access
from ansible_collections.mint.promotion.plugins.module_utils._registry.model import Access, Login

ADA = {"username": "ada", "password": "pass-of-ada"}


def test_nothing_is_needed() -> None:
    assert read_access(None, None) == Access()


def test_logins_are_known_by_the_one_name_of_their_registry() -> None:
    access = read_access({"Index.docker.io": ADA, "r.example.com:5000": ADA}, ["R.example.com:5000"])
    assert set(access.logins) == {"docker.io", "r.example.com:5000"}
    assert access.insecure == ("r.example.com:5000",)


def test_a_login_does_not_print_its_password() -> None:
    assert "pass-of-ada" not in repr(Login(**ADA))


@pytest.mark.parametrize(
    ("logins", "insecure", "paths"),
    [
        ("ada", None, [""]),
        ({"https://r.example.com": ADA}, None, [""]),
        ({"r.example.com": "pass-of-ada"}, None, ["r.example.com"]),
        ({"r.example.com": {"username": "ada"}}, None, ["r.example.com"]),
        ({"r.example.com": {**ADA, "email": "pass-of-ada"}}, None, ["r.example.com"]),
        (
            {"r.example.com": {"username": "", "password": 7}},
            None,
            ["r.example.com.password", "r.example.com.username"],
        ),
        ({"r.example.com": {**ADA, "username": "a:b"}}, None, ["r.example.com.username"]),
        (None, "r.example.com", [""]),
        ("ada", ["https://r.example.com", "r.example.com"], ["[0]", ""]),
    ],
)
def test_all_faults_come_at_once_and_without_the_password(logins: Any, insecure: Any, paths: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_access(logins, insecure)
    assert [one.path for one in caught.value.violations] == paths
    assert "pass-of-ada" not in str(caught.value)
