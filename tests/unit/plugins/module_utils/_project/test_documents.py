# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the files of a new project say fits together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import contract
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.module_utils._project.documents import (
    environment_variables,
    ignored_paths,
    manifest_document,
    vault_document,
    with_ignored,
)
from ansible_collections.mint.promotion.plugins.module_utils._project.model import Answers, ModuleAnswer

ANSWERS = Answers(
    stack="shop",
    repository="https://git.example.com/team/shop.git",
    registry="registry.example.com/team/",
    modules=(
        ModuleAnswer("web", 8080, "/healthz", depends_on=("api",), networks=("edge",), values={"SIZE": 3}),
        ModuleAnswer("api", 9000, service="backend", context=".", secrets={"DATABASE_URL": "API_DATABASE_URL"}),
        ModuleAnswer("worker", secrets={"DATABASE_URL": "API_DATABASE_URL"}),
    ),
    hosts={"staging": {"s1": {}}, "prod": {"p1": {}}},
)


def test_the_manifest_is_valid_and_says_what_was_answered() -> None:
    manifest = validate(manifest_document(ANSWERS), {}, "it")
    web, api, worker = manifest.modules
    assert web.repository == "registry.example.com/team/shop/web"
    assert (web.ports[0].published, web.ports[0].target, web.depends_on) == (8080, 8080, ("api",))
    assert web.health is not None and web.health.http is not None and web.health.http.path == "/healthz"
    assert [(one.name, one.external) for one in manifest.networks] == [("edge", True)]
    assert (api.service, api.build and api.build.context) == ("backend", ".")
    assert (worker.health, worker.ports) == (None, ())
    assert set(manifest.policy) == {"staging", "prod"}


def test_without_a_registry_every_host_builds_the_images() -> None:
    manifest = validate(manifest_document(replace(ANSWERS, registry="")), {}, "it")
    assert manifest.image_source == "build"
    assert [one.image for one in manifest.modules] == ["shop/web", "shop/api", "shop/worker"]


def test_every_secret_of_the_contract_comes_from_the_vault_and_is_empty_there() -> None:
    manifest = validate(manifest_document(ANSWERS), {}, "it")
    wanted = [value.source for value in contract(manifest) if value.secret]
    values = environment_variables(ANSWERS, "prod")["promotion_values"]
    assert list(values) == wanted == ["API_DATABASE_URL"]
    assert [text.strip("{ }") for text in values.values()] == list(vault_document(ANSWERS))
    assert set(vault_document(ANSWERS).values()) == {None}


def test_receipts_stay_out_of_git_unless_they_are_kept() -> None:
    assert "/receipts/" in ignored_paths(ANSWERS)
    assert "/.vault-password" in ignored_paths(ANSWERS)


@given(st.text(max_size=80))
def test_gitignore_keeps_its_lines_and_gets_each_missing_one_once(text: str) -> None:
    lines = ignored_paths(ANSWERS)
    changed = with_ignored(text, lines)
    assert changed.startswith(text)
    assert set(lines) <= set(changed.splitlines())
    assert with_ignored(changed, lines) == changed
