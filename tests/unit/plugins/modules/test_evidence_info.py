# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module passes on what it is given, and says so when that is no manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Endpoint, Manifest, Module
from ansible_collections.mint.promotion.plugins.modules.evidence_info import ARGUMENTS, perform

IMAGE = f"registry.example.com/mint/artwork@sha256:{'1' * 64}"
MODULES = (Module("artwork", IMAGE, "files-api"),)
MANIFEST = Manifest(1, "shop", "shop", "r", "0" * 40, MODULES, reachability=(Endpoint("none", "x" * 64, 1),))


def evidence(root: Path, **parameters: Any) -> dict[str, dict[str, Any]]:
    given = {**dict.fromkeys(ARGUMENTS), "root": str(root), "stack": "shop", "selector": "", "host": "host-1"}
    found: dict[str, dict[str, Any]] = perform({**given, **parameters}, True)["evidence"]
    return found


@pytest.fixture(autouse=True)
def without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_the_manifest_is_taken_as_manifest_info_returns_it(tmp_path: Path) -> None:
    found = evidence(tmp_path, manifest=encode(MANIFEST))
    (endpoint,) = found["reachability"]["value"]
    assert (endpoint["name"], endpoint["reachable"]) == ("none", False)


def test_a_host_with_nothing_of_the_stack_has_nothing_live_and_no_way_back(tmp_path: Path) -> None:
    release = evidence(tmp_path)["release"]["value"]
    assert (release["live"], release["lock"], release["releases"]) == (None, None, [])
    assert release["rollback"]["release"] is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [{}, {"a": 1}, {**encode(MANIFEST), "modules": ["artwork"]}])
def test_data_that_is_no_manifest_is_refused_with_what_to_pass(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="pass what manifest_info returns"):
        evidence(tmp_path, manifest=data)


def test_a_stack_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromotionError, match="cannot name a folder"):
        evidence(tmp_path, stack="../other")


def test_what_is_live_is_told_where_modules_are_inherited(tmp_path: Path) -> None:
    assert "live" not in evidence(tmp_path)
    assert evidence(tmp_path, inherit=True)["live"] == {"value": {"release": None}}
