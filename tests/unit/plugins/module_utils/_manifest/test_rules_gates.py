# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of gates in a manifest: each is one gate, and a policy names gates that there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation

Faults = Callable[[Any], tuple[Violation, ...]]
CAPABILITY = {"name": "spine.verify", "argv": ["./verify"]}


@pytest.mark.parametrize(
    "name", ["disk", "spine.verify", "spine.verify:after", "recert", "recert:artwork:test", "approvals"]
)
def test_a_policy_names_gates_and_families_of_gates(data: dict[str, Any], faults: Faults, name: str) -> None:
    data["capabilities"] = [CAPABILITY]
    data["policy"] = {"prod": {"gates": {name: "report"}}}
    assert faults(data) == ()


@pytest.mark.parametrize("name", ["spine.verify", "recerts", "gapz:x"])
def test_a_gate_that_nothing_has_is_refused_in_a_policy(data: dict[str, Any], faults: Faults, name: str) -> None:
    data["policy"] = {"prod": {"gates": {name: "report"}}}
    (fault,) = faults(data)
    assert fault.path == f"policy.prod.gates.{name}" or name in fault.path


@pytest.mark.parametrize("name", ["disk", "gaps", "recert"])
def test_a_capability_does_not_hide_a_built_in_gate(data: dict[str, Any], faults: Faults, name: str) -> None:
    data["capabilities"] = [{**CAPABILITY, "name": name}]
    assert [one.found for one in faults(data)] == [f"the built-in gate {name}"]


def test_gates_and_capabilities_share_no_name(data: dict[str, Any], faults: Faults) -> None:
    data["gates"] = [{"name": "spine.verify", "http": {"url": "http://status.example.com/"}}]
    data["capabilities"] = [CAPABILITY, {**CAPABILITY, "name": "other"}, {**CAPABILITY, "name": "other"}]
    assert [one.path for one in faults(data)] == ["capabilities[0].name", "capabilities[2].name"]
