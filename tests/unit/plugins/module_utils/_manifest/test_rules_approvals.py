# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policies that nobody could fulfil are refused with the manifest."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Drill, Override, Window
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate

Faults = Callable[[Any], tuple[Violation, ...]]
TWO = {"threshold": 2, "principals": ["ada@example.com", "bob@example.com"]}


def test_a_policy_with_people_windows_and_staging_is_read(data: dict[str, Any]) -> None:
    window = {"name": "weekend", "days": ["fri"], "starts": "15:00", "ends": "08:00", "override": TWO}
    data["policy"] = {"prod": {"approvals": TWO, "windows": [window], "staging": {"soak_seconds": 60}}}
    policy = validate(data, {}, "m.yml").policy["prod"]
    assert policy.approvals is not None and policy.staging is not None
    assert (policy.approvals.threshold, policy.approvals.expires_seconds) == (2, 86400)
    override = Override(2, ("ada@example.com", "bob@example.com"))
    assert policy.windows == (Window("weekend", "UTC", ("fri",), "15:00", "08:00", override=override),)
    assert (policy.staging.environment, policy.staging.soak_seconds) == ("staging", 60)


def test_a_drill_is_read_with_its_limits(data: dict[str, Any]) -> None:
    data["policy"] = {"prod": {"drill": {"max_rollback_seconds": 7.5}, "gates": {"drill": "report"}}}
    policy = validate(data, {}, "m.yml").policy["prod"]
    assert (policy.drill, policy.gates) == (Drill("staging", 604800, 7.5), {"drill": "report"})


@pytest.mark.parametrize(
    ("policy", "path", "words"),
    [
        ({"approvals": {**TWO, "threshold": 3}}, "approvals.threshold", "found 3 of 2 people"),
        ({"approvals": {**TWO, "threshold": -1}}, "approvals.threshold", "the number -1"),
        ({"approvals": {**TWO, "irreversible": 0}}, "approvals.irreversible", "the number 0"),
        ({"approvals": {**TWO, "irreversible": 3}}, "approvals.irreversible", "found 3 of 2 people"),
        ({"approvals": {**TWO, "principals": ["ada", "bob", "ada"]}}, "approvals.principals[2]", '"ada" again'),
        ({"approvals": {**TWO, "principals": ["*@example.com", "bob"]}}, "approvals.principals[0]", "no blank, list"),
        ({"windows": [{"name": "a"}, {"name": "a"}]}, "windows[1].name", "again"),
        ({"windows": [{"name": "a", "dates": ["2026-02-30"]}]}, "windows[0].dates[0]", "2026-02-30"),
        ({"windows": [{"name": "a", "dates": ["2026-03-02/2026-03-01"]}]}, "windows[0].dates[0]", "before its first"),
        ({"windows": [{"name": "a", "starts": 1020}]}, "windows[0].starts", "quote it"),
        ({"windows": [{"name": "a", "days": ["friday"]}]}, "windows[0].days[0]", 'did you mean "fri"'),
        ({"windows": [{"name": "a", "override": {**TWO, "threshold": 9}}]}, "windows[0].override.threshold", "9 of 2"),
        ({"staging": {"environment": "prod"}}, "staging.environment", "another environment"),
        ({"drill": {"environment": "prod"}}, "drill.environment", "another environment"),
        ({"drill": {"max_rollback_seconds": 0}}, "drill.max_rollback_seconds", "the number 0"),
        ({"gates": {"dril": "report"}}, "gates.dril", 'did you mean "drill"'),
        ({"gates": {"approval": "report"}}, "gates.approval", 'did you mean "approvals"'),
    ],
)
def test_what_could_never_pass_is_refused(
    data: dict[str, Any], faults: Faults, policy: dict[str, Any], path: str, words: str
) -> None:
    data["policy"] = {"prod": policy}
    (fault,) = faults(data)
    assert fault.path == f"policy.prod.{path}"
    assert words in str(fault)
