# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the receipts of a run are searched for: every secret that its variables hold, and no name of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module, Variable
from ansible_collections.mint.promotion.plugins.plugin_utils._run_secrets import run_secrets

IMAGE = f"registry.example.com/team/postgres@sha256:{'a' * 64}"
PEM = f"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI{'A' * 43}\n-----END PRIVATE KEY-----\n"
PUBLIC = Variable("PUBLIC_URL", "PUBLIC_URL")
DATABASE = Variable("DATABASE_URL", "DATABASE_URL", secret=True)
TOKEN = Variable("TOKEN", "WEB_TOKEN", secret=True, required=False)
MANIFEST = Manifest(
    1, "shop", "shop", "r", "b" * 40, (Module("web", IMAGE, "web", environment=(PUBLIC, DATABASE, TOKEN)),)
)
VALUES = {"PUBLIC_URL": "https://shop.example.com", "DATABASE_URL": "postgres://app:s%2Fcret-1@db/shop"}


def run(**fields: Any) -> Run:
    return Run("CAP-1", "promote", "prod", "shop", ("web1", "web2"), "ops", "desk", "now", manifest=MANIFEST, **fields)


def variables(web1: dict[str, Any], web2: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "hostvars": {"web1": {"promotion_values": VALUES, **web1}, "web2": {"promotion_values": VALUES, **(web2 or {})}}
    }


def test_the_secret_values_of_every_host_are_known_with_the_passwords_in_them() -> None:
    other = {"promotion_values": {**VALUES, "WEB_TOKEN": 12345678}}
    found = run_secrets(run(), variables({}, other))
    assert set(found) == {VALUES["DATABASE_URL"], "s%2Fcret-1", "s/cret-1", "12345678"}


def test_the_passwords_of_registries_and_the_gate_key_line_by_line_are_known() -> None:
    logins = {"registry.example.com": {"username": "ci", "password": "hunter2hunter2"}}
    found = set(run_secrets(run(), variables({"promotion_registry_logins": logins, "promotion_gate_key": PEM})))
    assert {"hunter2hunter2", PEM, PEM.splitlines()[1]} <= found
    assert "ci" not in found
    assert "-----BEGIN PRIVATE KEY-----" not in found


def test_a_promotion_whose_values_cannot_be_computed_is_not_searched_in_vain() -> None:
    with pytest.raises(InvalidInput):
        run_secrets(run(), variables({"promotion_registry_logins": "of a kind that is refused"}))


@pytest.mark.parametrize("name", ["prod", "shop", "web1", "web", "postgres", "team"])
def test_a_name_of_the_run_is_no_secret_though_it_is_a_password_too(name: str) -> None:
    assert name not in run_secrets(run(), variables({"promotion_values": {**VALUES, "WEB_TOKEN": name}}))


def test_a_rollback_knows_the_secrets_of_the_manifest_at_hand_and_goes_on_without_one(tmp_path: Path) -> None:
    rollback = Run("CAP-1", "rollback", "prod", "shop", ("web1",), "ops", "desk", "now")
    assert run_secrets(rollback, variables({})) == ()
    assert run_secrets(rollback, variables({"promotion_registry_logins": "of a kind that is refused"})) == ()
    manifest = tmp_path / "promotion.yml"
    manifest.write_text("not: a manifest")
    assert run_secrets(Run(**{**vars(rollback), "manifest_path": str(manifest)}), variables({})) == ()
