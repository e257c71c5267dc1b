# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine's JSON means, on outputs recorded from the tool of that version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._engine.model import RegistryImage, Volume
from ansible_collections.mint.promotion.plugins.module_utils._engine.parse import (
    is_insecure,
    parse_compose_version,
    parse_containers,
    parse_image,
    parse_published_ports,
    parse_registry_image,
    parse_versions,
    parse_volumes,
    registry_of,
)

RECORDED = Path(__file__).parent / "recorded" / "docker-20.10"
DIGEST = "sha256:383f7e202a56c4b4fc397e041597f984a1f80ae193713e8ef7c94a5d1816e852"


def recorded(name: str) -> str:
    return (RECORDED / name).read_text(encoding="utf-8")


def test_an_image_has_its_digest_its_revision_label_and_its_platform() -> None:
    image = parse_image(recorded("image_inspect.json"))
    assert image is not None
    assert image.digests == (f"registry.example.com/example/base@{DIGEST}",)
    assert image.labels == {"org.opencontainers.image.revision": "abc"}
    assert (image.platform, image.size) == ("linux/amd64", 3250472)
    assert image.id.startswith("sha256:f381e4fc")


def test_an_absent_image_is_none() -> None:
    assert parse_image("[]\n") is None
    assert parse_image("") is None


def test_containers_come_with_state_health_volumes_and_addresses() -> None:
    crash, web = parse_containers(recorded("container_inspect.json"))
    assert (web.name, web.service, web.state, web.health) == ("example-web-1", "web", "running", "unhealthy")
    assert web.volumes == {"/data": "example_data"}
    assert len(web.addresses) == 2
    assert (crash.service, crash.exit_code, crash.health, crash.volumes) == ("crash", 3, None, {})
    assert crash.state in ("exited", "restarting")
    assert crash.restarts == 2


def test_containers_of_compose_run_are_no_part_of_what_is_live() -> None:
    told = json.loads(recorded("container_inspect.json"))
    assert any("-run-" in one["Name"] for one in told)
    assert not [one for one in parse_containers(json.dumps(told)) if "-run-" in one.name]


def test_volumes_are_told_by_name() -> None:
    assert parse_volumes(recorded("volume_inspect.json")) == (Volume("example_data"),)


def test_versions_name_the_engine_and_its_platform() -> None:
    versions = parse_versions(recorded("version.json"))
    assert (versions.engine, versions.operating_system, versions.architecture) == ("20.10.24+dfsg1", "linux", "amd64")


def test_without_a_daemon_there_is_no_engine_version() -> None:
    assert parse_versions(recorded("version_daemon_down.json")).engine is None


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Docker Compose version v2.40.3\n", "2.40.3"),
        ("Docker Compose version v2.15.0", "2.15.0"),
        ("Docker Compose version 2.26.1-4", "2.26.1-4"),
        ("Docker Compose version v5.0.1", "5.0.1"),
    ],
)
def test_the_version_of_compose_is_read_as_the_plugin_prints_it(text: str, version: str) -> None:
    assert parse_compose_version(text).compose == version


@pytest.mark.parametrize("text", ["Docker Compose version v2.14.0", "Docker Compose version v2.6.1"])
def test_a_compose_that_ignores_pull_never_is_too_old(text: str) -> None:
    versions = parse_compose_version(text)
    assert versions.compose is None
    assert "too old: 2.15 is the oldest" in versions.compose_reason


def test_a_version_that_cannot_be_read_is_no_version() -> None:
    versions = parse_compose_version("something else\n")
    assert versions.compose is None
    assert "something else" in versions.compose_reason


def test_a_registry_image_has_platform_and_size() -> None:
    assert parse_registry_image(recorded("manifest_inspect.json")) == RegistryImage(True, ("linux/amd64",), 1473879)


def test_an_index_has_the_platforms_of_its_images_and_not_of_its_attestations() -> None:
    one = json.loads(recorded("manifest_inspect.json"))
    entries = [_with_platform(one, *names) for names in (("arm64", "v8"), ("amd64", ""), ("unknown", ""))]
    entries[2]["Descriptor"]["platform"]["os"] = "unknown"
    found = parse_registry_image(json.dumps(entries))
    assert found.platforms == ("linux/amd64", "linux/arm64/v8")
    assert found.size is None


def _with_platform(entry: dict[str, Any], architecture: str, variant: str) -> dict[str, Any]:
    platform = {"architecture": architecture, "os": "linux", **({"variant": variant} if variant else {})}
    return {**entry, "Descriptor": {**entry["Descriptor"], "platform": platform}}


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("registry.example.com/mint/artwork@sha256:00", "registry.example.com"),
        ("127.0.0.1:5000/x:1", "127.0.0.1:5000"),
        ("localhost/x", "localhost"),
        ("library/postgres:15", "docker.io"),
        ("postgres", "docker.io"),
    ],
)
def test_the_registry_of_a_reference_is_read_as_the_engine_does(reference: str, registry: str) -> None:
    assert registry_of(reference) == registry


@pytest.mark.parametrize(
    ("registry", "insecure"),
    [
        ("127.0.0.1:5000", True),
        ("localhost:5000", True),
        ("10.0.3.4:5000", True),
        ("10.0.4.4:5000", False),
        ("plain.example.com:5000", True),
        ("registry.example.com", False),
        ("docker.io", False),
        ("[::1]:5000", False),
    ],
)
def test_a_registry_is_insecure_only_where_the_engine_lists_it(registry: str, insecure: bool) -> None:
    configuration = {
        "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.3.0/24"],
        "IndexConfigs": {"docker.io": {"Secure": True}, "plain.example.com:5000": {"Secure": False}},
    }
    assert is_insecure(registry, configuration) is insecure


def test_published_ports_are_told_one_by_one() -> None:
    text = (
        "web-1\tshop\t0.0.0.0:3500->3500/tcp, :::3500->3500/tcp, 9000/tcp\n"
        "range-1\t\t127.0.0.1:8000-8001->8000-8001/udp\n"
        "six-1\tshop\t[::1]:81->80/tcp\n"
        "none-1\tshop\t\n"
    )
    told = [(one.container, one.project, one.address, one.port, one.protocol) for one in parse_published_ports(text)]
    assert told == [
        ("web-1", "shop", "0.0.0.0", 3500, "tcp"),
        ("web-1", "shop", "::", 3500, "tcp"),
        ("range-1", "", "127.0.0.1", 8000, "udp"),
        ("range-1", "", "127.0.0.1", 8001, "udp"),
        ("six-1", "shop", "::1", 81, "tcp"),
    ]
