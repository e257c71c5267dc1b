# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A valid manifest to change, and the faults that the changes cause."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate

DIGEST = "sha256:" + "a1" * 32
REVISION = "b2" * 20

VALID: dict[str, Any] = {
    "schema": 1,
    "stack": {"name": "shop"},
    "source": {"repository": "https://git.example.com/team/shop.git", "revision": REVISION},
    "modules": {
        "web": {
            "image": f"registry.example.com/team/web@{DIGEST}",
            "revision": REVISION,
            "ports": [{"published": 8080, "target": 80}],
            "depends_on": ["api"],
            "health": {"http": {"path": "/"}},
        },
        "api": {
            "image": f"registry.example.com/team/api@{DIGEST}",
            "revision": REVISION,
            "service": "backend",
            "ports": [{"published": 9000, "target": 9000, "address": "127.0.0.1"}],
            "environment": {"API_KEY": {"from": "SHOP_API_KEY", "secret": True}},
            "smoke": [
                {"name": "makes one", "http": {"path": "/things", "method": "POST", "capture": {"thing": "id"}}},
                {"name": "reads it", "http": {"path": "/things/${capture:thing}"}},
            ],
        },
    },
}


@pytest.fixture
def data() -> dict[str, Any]:
    return copy.deepcopy(VALID)


@pytest.fixture
def faults() -> Callable[[Any], tuple[Violation, ...]]:
    """Return the violations of data; none when it is valid."""

    def find(changed: Any) -> tuple[Violation, ...]:
        try:
            validate(changed, {}, "m.yml")
        except InvalidInput as error:
            return error.violations
        return ()

    return find
