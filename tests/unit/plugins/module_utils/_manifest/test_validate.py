# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A manifest is read into the model, or all its faults are told with place and remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._data import decode, encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.reference import SMALLEST
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.plugin_utils._manifest_file import load_manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import parse_yaml

ROOT = Path(__file__).resolve().parents[5]
EXAMPLE = ROOT / "examples/mint-modules/deploy/promotion.yml"
Data = dict[str, Any]
Faults = Callable[[Any], tuple[Violation, ...]]


def place(data: Data, path: str, value: Any) -> Data:
    """Put `value` at a dotted path; the word DELETE takes what is there away."""
    steps: list[Any] = [int(step) if step.isdigit() else step for step in path.split("/")]
    last = steps.pop()
    part: Any = data
    for step in steps:
        part = part[step] if isinstance(part, list) else part.setdefault(step, {})
    if value == "DELETE":
        del part[last]
    else:
        part[last] = value
    return data


def test_the_example_of_the_repository_is_valid() -> None:
    manifest = load_manifest(str(EXAMPLE)).manifest
    assert [module.name for module in manifest.modules] == ["artwork", "order-intake", "quote-page"]
    assert manifest.module("artwork").service == "files-api"


def test_the_smallest_manifest_of_the_documentation_is_valid() -> None:
    source = parse_yaml(SMALLEST.encode(), "m.yml")
    assert validate(source.data, source.positions, "m.yml").project == "shop"


def test_what_is_left_out_gets_its_default(data: Data) -> None:
    manifest = validate(data, {}, "m.yml")
    web = manifest.module("web")
    assert (manifest.project, manifest.retention, manifest.compose) == ("shop", 5, None)
    assert (web.service, web.activation.strategy, web.stop_grace_seconds) == ("web", "recreate", 10)
    assert web.health is not None
    assert web.health.http is not None
    assert (web.health.name, web.health.http.method, web.health.http.expect.status) == ("health", "GET", (200,))
    assert web.ports[0].address == "0.0.0.0"


def test_what_compose_makes_is_named_after_the_project_so_that_stacks_share_nothing_unasked(data: Data) -> None:
    data["volumes"] = {"seeds": {"external": False}, "shared": {}, "named": {"external": False, "name": "archive"}}
    volumes = {one.key: one.name for one in validate(data, {}, "m.yml").volumes}
    assert volumes == {"seeds": "shop_seeds", "shared": "shared", "named": "archive"}


def test_modules_keep_the_order_in_which_they_are_written(data: Data) -> None:
    assert [module.name for module in validate(data, {}, "m.yml").modules] == ["web", "api"]


def test_a_value_comes_from_the_name_of_its_variable_or_from_another(data: Data) -> None:
    data["modules"]["api"]["environment"] = {
        "TOKEN": {},
        "KEY": {"from": "API_KEY"},
        "PORT": {"default": "80"},
        "LEVEL": {"from": "LOG_LEVEL", "default": "info"},
        "NOTE": {"required": False},
    }
    variables = {one.name: one for one in validate(data, {}, "m.yml").module("api").environment}
    assert {name: one.source for name, one in variables.items()} == {
        "TOKEN": "TOKEN",
        "KEY": "API_KEY",
        "PORT": "API_PORT",
        "LEVEL": "LOG_LEVEL",
        "NOTE": "NOTE",
    }
    assert {name for name, one in variables.items() if one.required} == {"TOKEN", "KEY"}


def test_the_same_variable_with_a_default_in_two_modules_is_two_values(data: Data) -> None:
    for module, port in (("web", "80"), ("api", "9000")):
        data["modules"][module]["environment"] = {"PORT": {"default": port}}
    manifest = validate(data, {}, "m.yml")
    assert [module.environment[0].source for module in manifest.modules] == ["WEB_PORT", "API_PORT"]


def test_a_normalised_manifest_survives_its_way_through_json() -> None:
    manifest = load_manifest(str(EXAMPLE)).manifest
    assert decode(Manifest, json.loads(json.dumps(encode(manifest)))) == manifest


def test_hosts_that_build_need_no_digest_of_the_modules_that_they_build(data: dict[str, Any]) -> None:
    data["image_source"] = "build"
    data["modules"]["web"].update(image="registry.example.com/team/web", build={})
    manifest = validate(data, {}, "m.yml")
    assert [module.digest for module in manifest.modules] == ["", "sha256:" + "a1" * 32]


def test_an_image_that_hosts_build_has_no_digest_beforehand(
    data: dict[str, Any], faults: Callable[[Any], tuple[Violation, ...]]
) -> None:
    data["image_source"] = "build"
    data["modules"]["web"]["build"] = {}
    data["modules"]["api"]["image"] = "team/api"
    assert [(one.path, one.found) for one in faults(data)] == [
        ("modules.api.image", '"team/api" without a digest'),
        ("modules.web.image", "a digest where every host builds its own image"),
    ]


FAULTS = [
    # (path, value, path of the fault, words that it says)
    ("smoek", [], "smoek", "unknown key"),
    ("modules/web/serivce", "x", "modules.web.serivce", 'did you mean "service"?'),
    ("modules/web/ports/0/publishd", 1, "modules.web.ports[0].publishd", 'did you mean "published"?'),
    ("stack", "DELETE", "stack", "no such key"),
    ("modules/web/image", "DELETE", "modules.web.image", "add it, for example"),
    ("schema", 2, "schema", "the number 2, wanted the number 1"),
    ("schema", "1", "schema", "without quotes"),
    ("modules", [], "modules", "found a list, wanted a mapping"),
    ("modules", {}, "modules", "at least one module"),
    ("modules/web", None, "modules.web", "nothing (null)"),
    ("modules/web/ports", {"published": 1}, "modules.web.ports", "wanted a list"),
    ("modules/web/tmpfs", "/tmp", "modules.web.tmpfs", "put it in [ ]"),
    ("modules/web/read_only", "yes", "modules.web.read_only", "true or false"),
    ("modules/web/ports/0/published", 70000, "modules.web.ports[0].published", "up to 65535"),
    ("modules/web/ports/0/published", True, "modules.web.ports[0].published", "the boolean true"),
    ("modules/web/ports/0/target", 80.5, "modules.web.ports[0].target", "whole number"),
    ("modules/web/image", "registry.example.com/team/web:1.2", "modules.web.image", "the tag"),
    ("modules/web/image", "registry.example.com/team/web", "modules.web.image", "without a digest"),
    ("modules/web/image", "team/web@sha256:abc", "modules.web.image", "a digest of 3 characters"),
    ("modules/web/image", "team/web@md5:" + "a" * 32, "modules.web.image", "sha256: and 64"),
    ("modules/web/image", "team/web:1@sha256:" + "a" * 64, "modules.web.image", "leave the tag out"),
    ("modules/web/image", "team/Web@sha256:" + "a" * 64, "modules.web.image", "lower case"),
    ("modules/web/image", "team/web@sha256:" + "A" * 64, "modules.web.image", "lower case"),
    ("modules/web/revision", "b2b2b2b", "modules.web.revision", "git rev-parse b2b2b2b"),
    ("modules/web/revision", "main", "modules.web.revision", "a branch or tag moves"),
    ("modules/web/revision", "DELETE", "modules.web.revision", "third_party: true"),
    ("source/revision", 1234567, "source.revision", "quote it"),
    ("source/repository", "https://me:token@git.example.com/x.git", "source.repository", "a password in it"),
    ("modules/web/third_party", True, "modules.web.revision", "third_party"),
    ("modules/web/service", "my service", "modules.web.service", "^[a-zA-Z0-9._-]+$"),
    ("modules/web/service", "backend", "modules.api.service", "of modules.web again"),
    ("stack/project", "Shop", "stack.project", "^[a-z0-9][a-z0-9_-]*$"),
    ("stack/name", "../etc", "stack.name", "lower-case letters"),
    ("modules/Web", {}, "modules.Web", "lower-case letters"),
    ("modules/web/ports/0/published", 9000, "modules.api.ports[0].published", "a port of its own"),
    ("modules/web/depends_on", ["apy"], "modules.web.depends_on[0]", 'did you mean "api"?'),
    ("modules/api/depends_on", ["web"], "modules.web.depends_on", "web -> api -> web"),
    ("modules/api/depends_on", ["api"], "modules.api.depends_on", "api -> api"),
    ("modules/web/build", {"context": "../other"}, "modules.web.build.context", '".." in the path'),
    ("modules/web/build", {"context": "/srv"}, "modules.web.build.context", "the absolute path"),
    ("modules/web/build", {"dockerfile": "a/../b"}, "modules.web.build.dockerfile", '".." in the path'),
    (
        "compose",
        {"files": ["/etc/compose.yaml"], "digest": "sha256:" + "0" * 64},
        "compose.files[0]",
        "the absolute path",
    ),
    ("modules/web/volumes", [{"volume": "x", "target": "/x"}], "modules.web.volumes[0].volume", "none is declared"),
    ("modules/web/networks", ["db"], "modules.web.networks[0]", "a key of networks"),
    ("networks", {"default": {}}, "networks.default", "another key"),
    ("modules/web/ports/0/address", "300.1.1.1", "modules.web.ports[0].address", "0.0.0.0 for all"),
    ("modules/web/tmpfs", ["tmp"], "modules.web.tmpfs[0]", "absolute path"),
    ("modules/web/environment", {"1A": {}}, "modules.web.environment.1A", "a variable name"),
    ("modules/web/environment", {"A": {"pattern": "(["}}, "modules.web.environment.A.pattern", "unterminated"),
    (
        "modules/web/environment",
        {"A": {"default": "x", "pattern": "^y"}},
        "modules.web.environment.A.default",
        "a match of the pattern ^y",
    ),
    (
        "modules/web/environment",
        {"A": {"default": "x", "required": True}},
        "modules.web.environment.A.required",
        "remove one",
    ),
    ("modules/web/environment", {"A": {"from": "SHOP_API_KEY"}}, "modules.api.environment.API_KEY", "as secret"),
    (
        "modules/web/environment",
        {"A": {"from": "X", "default": "1"}, "B": {"from": "X", "default": "2"}},
        "modules.web.environment.B",
        "another default",
    ),
    ("modules/web/health", {}, "modules.web.health", "neither http nor command"),
    (
        "modules/web/health",
        {"http": {"path": "/"}, "command": {"argv": ["x"]}},
        "modules.web.health",
        "http and command",
    ),
    ("modules/web/health/http", {}, "modules.web.health.http", "neither url nor path"),
    (
        "modules/web/health/http",
        {"url": "http://x.example.com/", "path": "/"},
        "modules.web.health.http",
        "url and path",
    ),
    ("modules/web/health", {"command": {"argv": []}}, "modules.web.health.command.argv", "at least one item"),
    ("modules/api/smoke/0/http/path", "/${capture:thing}", "modules.api.smoke[0].http.path", "earlier check"),
    ("modules/api/smoke/1/http/path", "/${capture:thign}", "modules.api.smoke[1].http.path", 'mean "thing"?'),
    ("modules/api/smoke/1/http/path", "/${capture:thing", "modules.api.smoke[1].http.path", "without an end"),
    (
        "modules/api/smoke/1/http/headers",
        {"authorization": "Bearer ${secret:SHOP_KEY}"},
        "modules.api.smoke[1].http.headers.authorization",
        'did you mean "SHOP_API_KEY"?',
    ),
    ("modules/api/smoke/1/name", "makes one", "modules.api.smoke[1].name", "a name of its own"),
    ("modules/api/smoke/1/http/method", "FETCH", "modules.api.smoke[1].http.method", "one of GET"),
    ("modules/api/ports", [], "modules.api.smoke[0].http.path", "add http.port"),
    ("gates", [{"name": "x", "http": {"path": "/"}}], "gates[0].http.path", "url"),
    ("gates", [{"name": "x", "command": {"argv": ["x"], "inside": True}}], "gates[0].command.inside", "container"),
    ("modules/web/healthcheck", {"test": ["curl", "-f"]}, "modules.web.healthcheck.test[0]", "CMD"),
    ("modules/web/resources", {"memory": "256 MB"}, "modules.web.resources.memory", "256m"),
    ("modules/web/resources", {"cpus": 0}, "modules.web.resources.cpus", "above 0"),
    ("policy", {"prod": {"gates": {"disk": "warn"}}}, "policy.prod.gates.disk", "one of enforce, report"),
    ("policy", {"prod": {"fleet": "run"}}, "policy.prod.fleet", "take_back"),
    ("reachability", [{"name": "db", "host": "a b", "port": 1}], "reachability[0].host", "host name"),
    (
        "migrations",
        [{"id": "m1", "module": "wep", "kind": "irreversible", "forward": ["x"]}],
        "migrations[0].module",
        'did you mean "web"?',
    ),
    (
        "migrations",
        [{"id": "m1", "module": "web", "kind": "reversible", "forward": ["x"]}],
        "migrations[0].reverse",
        "takes it back",
    ),
    ("modules/web/environment", {"A": {"description": "a\nb"}}, "modules.web.environment.A.description", "U+000A"),
    ("modules/web/user", "root\x00", "modules.web.user", "U+0000"),
    ("modules/web/command", ["a\x1bb"], "modules.web.command[0]", "U+001B"),
]


@pytest.mark.parametrize(("at", "value", "path", "words"), FAULTS, ids=[f"{one[2]}: {one[3]}" for one in FAULTS])
def test_a_fault_is_told_with_its_path_and_remedy(
    data: Data, faults: Faults, at: str, value: Any, path: str, words: str
) -> None:
    assert faults(data) == ()
    found = faults(place(data, at, value))
    assert path in [fault.path for fault in found]
    assert any(words in str(fault) for fault in found if fault.path == path)


def test_a_secret_has_no_default_and_the_message_does_not_repeat_it(data: Data, faults: Faults) -> None:
    for default in ("hunter2", 424242):
        data["modules"]["web"]["environment"] = {"A": {"secret": True, "default": default, "pattern": "^x"}}
        (fault,) = faults(data)
        assert fault.path == "modules.web.environment.A.default"
        assert "hunter2" not in str(fault)
        assert "424242" not in str(fault)


def test_all_faults_come_at_once_in_the_order_of_their_lines() -> None:
    text = SMALLEST.replace("schema: 1", "schema: 3").replace("target: 80", "target: 80\n        extra: 1")
    text = text.replace("path: /", "path: health").replace("published: 8080", "published: none")
    source = parse_yaml(text.encode(), "m.yml")
    with pytest.raises(InvalidInput) as caught:
        validate(source.data, source.positions, "m.yml")
    violations = caught.value.violations
    assert [one.path for one in violations] == [
        "schema",
        "modules.web.ports[0].published",
        "modules.web.ports[0].extra",
        "modules.web.health.http.path",
    ]
    assert [one.line for one in violations] == [1, 12, 14, 17]
    assert "4 faults" in str(caught.value)


def test_a_missing_key_is_placed_at_what_it_is_missing_from() -> None:
    text = SMALLEST.replace("  name: shop\n", "  project: shop\n")
    source = parse_yaml(text.encode(), "m.yml")
    with pytest.raises(InvalidInput) as caught:
        validate(source.data, source.positions, "m.yml")
    assert [(one.path, one.line) for one in caught.value.violations] == [("stack.name", 2)]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ({}, {}, True),
        ({"address": "127.0.0.1"}, {}, True),
        ({"address": "127.0.0.1"}, {"address": "::"}, True),
        ({"address": "127.0.0.1"}, {"address": "127.0.0.1"}, True),
        ({"address": "127.0.0.1"}, {"address": "10.0.0.1"}, False),
        ({"protocol": "udp"}, {}, False),
        ({"published": 81}, {}, False),
    ],
)
def test_two_modules_publish_no_port_in_common(data: Data, faults: Faults, one: Data, other: Data, clash: bool) -> None:
    for module, port in (("web", one), ("api", other)):
        data["modules"][module]["ports"] = [{"published": 80, "target": 80, **port}]
    assert bool(faults(data)) is clash


def test_jinja_and_shell_in_a_manifest_are_text(data: Data) -> None:
    text = "{{ lookup('pipe', 'id') }} $(id) ${HOME}"
    data["modules"]["web"]["command"] = [text]
    assert validate(data, {}, "m.yml").module("web").command == (text,)


def _paths(value: Any, path: tuple[str, ...] = ()) -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = ["/".join(path)] if path else []
    return here + [one for key, item in inner for one in _paths(item, (*path, str(key)))]


EXAMPLE_SOURCE = parse_yaml(EXAMPLE.read_bytes(), "m.yml")
EXAMPLE_PATHS = _paths(EXAMPLE_SOURCE.data)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_valid_or_told(draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from(EXAMPLE_PATHS))
    changed = place(json.loads(json.dumps(EXAMPLE_SOURCE.data)), path, draw.draw(JSON_VALUES))
    try:
        assert validate(changed, EXAMPLE_SOURCE.positions, "m.yml").stack
    except InvalidInput as error:
        assert all(one.line > 0 for one in error.violations)


OWN = {"files": ["compose.yaml"], "digest": "sha256:" + "0" * 64, "variables": {"TAG": {"default": "1"}}}


def test_compose_files_say_what_the_manifest_then_must_not(data: dict[str, Any], faults: Faults) -> None:
    data["compose"] = OWN
    data["modules"]["api"].update(user="1000", resources={"memory": "1g"}, volumes=[{"volume": "a", "target": "/a"}])
    data["volumes"] = {"a": {}}
    assert {one.path for one in faults(data)} == {
        "modules.web.ports",
        "modules.api.ports",
        "modules.api.user",
        "modules.api.resources",
        "modules.api.volumes",
        "volumes",
    }
    for module in data["modules"].values():
        for key in ("ports", "user", "resources", "volumes"):
            module.pop(key, None)
    del data["volumes"]
    assert faults(data) == ()


def test_a_value_of_the_compose_files_goes_by_its_own_name(data: dict[str, Any], faults: Faults) -> None:
    for module in data["modules"].values():
        del module["ports"]
    data["compose"] = OWN
    own = validate(data, {}, "m.yml").compose
    assert own is not None
    assert [(one.name, one.source, one.required) for one in own.variables] == [("TAG", "TAG", False)]
    data["compose"] = {**OWN, "files": ["a.yaml", "a.yaml"], "variables": {"SHOP_API_KEY": {"default": "x"}}}
    assert {one.path for one in faults(data)} == {"compose.files[1]", "compose.variables.SHOP_API_KEY"}
