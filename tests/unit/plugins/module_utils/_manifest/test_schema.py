# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The model, the JSON Schema and the reference say what the table says."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._manifest import model
from ansible_collections.mint.promotion.plugins.module_utils._manifest import schema_checks as checks
from ansible_collections.mint.promotion.plugins.module_utils._manifest import schema_module as module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.module_utils._manifest.reference import (
    manifest_schema_text,
    reference_text,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.schema import (
    ATTACHMENT,
    ENDPOINT,
    MANIFEST,
    POLICY,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.schema_compose import COMPOSE
from ansible_collections.mint.promotion.plugins.module_utils._manifest.schema_migrations import MIGRATION
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.module_utils._schema.fields import ListOf, MapOf, Record
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Findings
from ansible_collections.mint.promotion.plugins.module_utils._schema.structure import normalise
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import read_yaml_file

ROOT = Path(__file__).resolve().parents[5]
EXAMPLE = ROOT / "examples/mint-modules/deploy/promotion.yml"

PAIRS: list[tuple[Record, Any]] = [
    (checks.EXPECTATION, model.HttpExpectation),
    (checks.HTTP, model.HttpCheck),
    (checks.COMMAND, model.CommandCheck),
    (checks.CHECK, model.Check),
    (checks.HEALTH, model.Check),
    (module.PORT, model.Port),
    (module.VARIABLE, model.Variable),
    (module.BUILD, model.Build),
    (module.HEALTHCHECK, model.Healthcheck),
    (module.RESOURCES, model.Resources),
    (module.MOUNT, model.Mount),
    (module.ACTIVATION, model.Activation),
    (module.MODULE, model.Module),
    (ATTACHMENT, model.Attachment),
    (ENDPOINT, model.Endpoint),
    (MIGRATION, model.Migration),
    (POLICY, Policy),
    (COMPOSE, model.OwnCompose),
]
# What the model takes from elsewhere: the key of the mapping, or a key of another name.
ELSEWHERE = {(model.Module, "name"), (model.Variable, "name"), (model.Variable, "source"), (model.Attachment, "key")}
# Keys whose default is no fixed value (the documentation says which it is), and a mapping that becomes a tuple.
COMPUTED = {"required", "service", "name", "environment", "variables"}


@pytest.mark.parametrize("name", ["docs/manifest.md", "docs/promotion.schema.json"])
def test_the_committed_documentation_is_what_make_docs_writes(name: str) -> None:
    render = reference_text if name.endswith(".md") else manifest_schema_text
    assert (ROOT / name).read_text(encoding="utf-8") == render()


@pytest.mark.parametrize(("record", "cls"), PAIRS, ids=[pair[0].name for pair in PAIRS])
def test_the_model_has_the_fields_and_the_defaults_of_the_schema(record: Record, cls: Any) -> None:
    fields = {field.name: field for field in dataclasses.fields(cls)}
    known = {name for name in fields if (cls, name) not in ELSEWHERE}
    assert known <= {field.name for field in record.fields}
    for field in record.fields:
        if field.name in fields and not field.required and field.name not in COMPUTED:
            assert encode(_default(fields[field.name])) == _filled(field), field.name


def _default(field: Any) -> Any:
    return field.default if field.default is not dataclasses.MISSING else field.default_factory()


def _filled(field: Any) -> Any:
    if isinstance(field.kind, Record) and field.default is not None:
        return normalise({}, field.kind, (), Findings("", {}))
    return field.default


def _records(kind: Any) -> list[Record]:
    if isinstance(kind, Record):
        return [kind, *(one for field in kind.fields for one in _records(field.kind))]
    inner = kind.item if isinstance(kind, ListOf) else kind.value if isinstance(kind, MapOf) else None
    return _records(inner) if inner is not None else []


def test_every_example_and_default_of_the_schema_fits_its_kind() -> None:
    for record in _records(MANIFEST):
        for field in record.fields:
            for value in (field.example, field.default):
                findings = Findings(f"{record.name}.{field.name}", {})
                if value is not None and value != "":
                    normalise(value, field.kind, (), findings)
                assert findings.violations == []


def test_every_key_is_documented() -> None:
    text = reference_text()
    for record in _records(MANIFEST):
        assert f"### {record.name}\n" in text
        assert all(field.doc.endswith(".") for field in record.fields)


def _validator() -> Any:
    schema = json.loads(manifest_schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_json_schema_takes_the_example() -> None:
    assert list(_validator().iter_errors(read_yaml_file(str(EXAMPLE)).data)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("modules", "web", "image"), "team/web:1"),
        (("modules", "web", "image"), None),
        (("modules", "web", "revision"), "b2b2b2b"),
        (("modules", "web", "nokey"), 1),
        (("modules", "web", "health"), {}),
        (("modules", "web", "health", "http", "url"), "http://x.example.com/"),
        (("modules", "web", "ports"), [{"published": 70000, "target": 1}]),
        (("modules", "web", "build"), {"context": "../x"}),
        (("modules", "web", "build"), {"context": "/x"}),
        (("modules", "Web"), {}),
        (("stack", "name"), "Shop"),
        (("schema",), 2),
        (("policy",), {"prod": {"fleet": "run"}}),
    ],
)
def test_the_json_schema_refuses_what_the_validator_refuses(
    data: dict[str, Any], faults: Any, path: tuple[str, ...], value: Any
) -> None:
    validator = _validator()
    assert validator.is_valid(data)
    part = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert faults(data)
    assert not validator.is_valid(data)


def test_the_error_of_the_validator_names_the_file(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="The manifest deploy/promotion.yml has 1 fault:"):
        validate({**data, "schema": 2}, {}, "deploy/promotion.yml")
