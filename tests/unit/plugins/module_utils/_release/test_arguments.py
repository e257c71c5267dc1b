# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._release.arguments import host_of


def test_a_relative_root_is_refused_because_it_would_mean_two_folders() -> None:
    assert host_of({"root": "/opt", "stack": "shop", "host": "web1"}).layout.directory == "/opt/shop"
    with pytest.raises(Refused, match="'stacks' is no absolute path"):
        host_of({"root": "stacks", "stack": "shop", "host": "web1"})
