# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a valid manifest asks for and this version does not do is refused, and what it must not ask for is a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation
from ansible_collections.mint.promotion.plugins.module_utils._manifest.support import (
    shared_database_faults,
    unapproved_faults,
    unpinned,
    unsupported,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate

Faults = Callable[[Any], tuple[Violation, ...]]
COMMAND = {"argv": ["true"]}
MIGRATION = {"id": "0001", "module": "api", "kind": "expand_contract", "forward": ["migrate"]}
ASKED = [
    (
        "gates 'here'",
        {
            "gates": [
                {"name": "there", "http": {"url": "http://db/", "capture": {"id": "id"}}},
                {"name": "here", "run_from": "control", "http": {"url": "http://db/${capture:id}"}},
            ]
        },
    ),
    (
        "gates 'login'",
        {"gates": [{"name": "login", "http": {"url": "http://sso/", "headers": {"x": "${secret:SHOP_API_KEY}"}}}]},
    ),
    (
        "attestations",
        {"image_source": "build", "attestations": {"folder": "signed", "keys": ["ssh-ed25519 AAAA ci"]}},
    ),
    ("policy.prod.rollback_secrets", {"policy": {"prod": {"rollback_secrets": "current"}}}),
]


def test_what_is_carried_out_is_not_refused(data: dict[str, Any]) -> None:
    data["gates"] = [{"name": "backup server", "run_from": "control", "command": COMMAND}]
    assert unsupported(validate(data, {}, "m.yml"), "m.yml") == ()


def test_an_irreversible_migration_needs_people_who_can_approve_of_it_and_a_gate_that_stops(
    data: dict[str, Any],
) -> None:
    people = {"threshold": 0, "principals": ["ada@example.com"]}
    data["migrations"] = [{**MIGRATION, "kind": "irreversible"}]
    data["policy"] = {"prod": {"approvals": people}, "lax": {"approvals": people, "gates": {"approvals": "report"}}}
    manifest = validate(data, {}, "m.yml")
    assert unsupported(manifest, "m.yml") == unapproved_faults(manifest, "prod", "m.yml") == ()
    (nobody,) = unapproved_faults(manifest, "staging", "m.yml")
    assert (nobody.path, "0001" in nobody.found) == ("policy.staging.approvals", True)
    assert [one.path for one in unapproved_faults(manifest, "lax", "m.yml")] == ["policy.lax.gates.approvals"]
    assert unapproved_faults(replace(manifest, migrations=()), "staging", "m.yml") == ()


def test_what_nobody_has_pinned_is_told_with_the_playbook_that_does(data: dict[str, Any]) -> None:
    assert unpinned(validate(data, {}, "m.yml"), "m.yml") == ()
    data["source"]["revision"] = "0" * 40
    data["modules"]["api"].update(image="registry.example.com/api@sha256:" + "0" * 64)
    faults = unpinned(validate(data, {}, "m.yml"), "m.yml")
    assert [one.path for one in faults] == ["source.revision", "modules.api.image"]
    assert all("mint.promotion.build" in one.remedy for one in faults)


@pytest.mark.parametrize(("path", "asked"), ASKED, ids=[path for path, _asked in ASKED])
def test_what_is_not_carried_out_yet_is_refused_by_its_place(
    data: dict[str, Any], path: str, asked: dict[str, Any]
) -> None:
    (violation,) = unsupported(validate({**data, **asked}, {}, "m.yml"), "m.yml")
    assert (violation.path, violation.source) == (path, "m.yml")


@pytest.mark.parametrize("change", [{"activation": {"strategy": "blue_green"}}, {"smoke": "control"}])
def test_a_module_that_asks_for_more_is_named(data: dict[str, Any], change: dict[str, Any]) -> None:
    if "smoke" in change:
        change = {"smoke": [{"name": "answers", "run_from": "control", "command": COMMAND}]}
    data["modules"]["api"].update(change)
    (violation,) = unsupported(validate(data, {}, "m.yml"), "m.yml")
    assert violation.path.startswith("modules.api")


def test_a_secret_must_not_be_an_argument(data: dict[str, Any], faults: Faults) -> None:
    data["modules"]["api"]["smoke"][0] = {"name": "logs in", "command": {"argv": ["login", "${secret:SHOP_API_KEY}"]}}
    del data["modules"]["api"]["smoke"][1]
    (violation,) = faults(data)
    assert (violation.path, violation.found) == ("modules.api.smoke[0].command.argv[1]", "a secret in an argument")


def test_several_hosts_need_a_query_to_run_a_migration_once(data: dict[str, Any]) -> None:
    data["migrations"] = [MIGRATION, {**MIGRATION, "id": "0002", "applied": ["migrated"]}]
    manifest = validate(data, {}, "m.yml")
    assert unsupported(manifest, "m.yml") == shared_database_faults(manifest, 1, "m.yml") == ()
    (violation,) = shared_database_faults(manifest, 2, "m.yml")
    assert violation.path == "migrations.0001.applied"
