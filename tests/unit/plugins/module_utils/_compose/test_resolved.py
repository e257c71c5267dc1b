# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Compose makes of a project, service by service: so that a change in what services share is seen in each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.resolved import service_settings

WEB = {
    "image": "web",
    "networks": {"default": None},
    "volumes": [{"type": "volume", "source": "data"}, {"type": "bind", "source": "/tmp/x1/site"}, {"type": "tmpfs"}],
    "configs": [{"source": "site"}],
}
PROJECT: dict[str, Any] = {
    "services": {"web": WEB, "api": {"image": "api"}},
    "networks": {"default": {"name": "shop_default"}, "other": {"name": "other"}},
    "volumes": {"data": {"name": "shop_data"}},
    "configs": {"site": {"file": "/tmp/x1/site.json"}},
}


def settings(**changes: Any) -> dict[str, dict[str, Any]]:
    return service_settings(json.dumps({**PROJECT, **changes}), "/tmp/x1")


@pytest.mark.parametrize("kind", ["networks", "volumes", "configs"])
def test_what_a_service_shares_with_others_belongs_to_its_settings(kind: str) -> None:
    changed = settings(**{kind: {name: {"name": "elsewhere"} for name in PROJECT[kind]}})
    before = settings()
    assert [key for key in before["web"] if before["web"][key] != changed["web"][key]] == [kind]
    assert changed["api"] == before["api"] == {"image": "api"}


def test_what_it_does_not_use_and_where_files_lay_meanwhile_make_no_difference() -> None:
    moved = json.dumps({**PROJECT, "networks": {**PROJECT["networks"], "other": {}}}).replace("/tmp/x1", "/tmp/y2")
    assert service_settings(moved, "/tmp/y2") == settings()
