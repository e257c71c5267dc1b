# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.versions import at_least


@pytest.mark.parametrize(
    ("version", "minimum", "verdict"),
    [
        ("20.10.24+dfsg1", ">=20.10", True),
        ("20.10.24", ">=20.10.24", True),
        ("20.10.24", ">=20.10.25", False),
        ("24", ">=24.0", True),
        ("v2.40.3-desktop.1", ">=2.9", True),
        ("2.9.0", ">=2.40", False),
        ("dev", ">=2.0", None),
    ],
)
def test_versions_are_compared_number_by_number(version: str, minimum: str, verdict: bool | None) -> None:
    assert at_least(version, minimum) is verdict
