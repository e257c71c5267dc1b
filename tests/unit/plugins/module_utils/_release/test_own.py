# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Compose says of a project is read, judged and answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._compose.resolved import parse_resolved
from ansible_collections.mint.promotion.plugins.module_utils._compose.services import moving_tag
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Port
from ansible_collections.mint.promotion.plugins.module_utils._release.own import (
    companion_tag,
    inputs_digest,
    mounted_paths,
    resolved_faults,
    services_overlay,
)

from .conftest import a_manifest

# As Compose 2.40 prints it, shortened.
PROJECT: dict[str, Any] = {
    "name": "shop",
    "services": {
        "web": {
            "image": "registry.example.com/web@sha256:" + "1" * 64,
            "ports": [
                {"mode": "ingress", "target": 80, "published": "8080", "protocol": "tcp"},
                {"mode": "host", "host_ip": "127.0.0.1", "target": 53, "published": "53", "protocol": "udp"},
                {"mode": "ingress", "target": 81, "published": "9000-9002", "protocol": "tcp"},
                {"mode": "ingress", "target": 82, "protocol": "tcp"},
            ],
            "volumes": [
                {"type": "bind", "source": "/root/project/nginx", "target": "/etc/nginx"},
                {"type": "volume", "source": "data", "target": "/data"},
            ],
            "tmpfs": ["/run:size=1m"],
            "secrets": [{"source": "file"}, {"source": "value"}],
            "configs": [{"source": "text"}],
        },
        "db": {"image": "docker.io/library/postgres:16.4", "tmpfs": "/tmp"},
        "job": {"image": "docker.io/library/busybox"},
    },
    "networks": {"default": {"name": "shop_default"}, "away": {"name": "edge", "external": True}, "none": None},
    "volumes": {"data": {"name": "old-data", "external": True}},
    "secrets": {"file": {"file": "/root/key"}, "value": {"environment": "KEY"}},
    "configs": {"text": {"content": "hello"}},
}
RESOLVED = parse_resolved(json.dumps(PROJECT))
NGINX = CarriedFile("nginx/nginx.conf", b"events {}\n")


def test_the_long_forms_are_read() -> None:
    web = RESOLVED.services["web"]
    assert web.ports == (Port(8080, 80), Port(53, 53, "127.0.0.1", "udp"))
    assert (web.binds, web.files, web.contents, web.variables) == (
        ("/root/project/nginx",),
        ("/root/key",),
        ("hello",),
        ("KEY",),
    )
    assert mounted_paths(RESOLVED, a_manifest()) == {"web": ("/etc/nginx", "/data", "/run")}
    assert RESOLVED.services["db"].targets == ("/tmp",)
    assert (RESOLVED.networks, RESOLVED.volumes) == (("edge",), ("old-data",))


def test_what_is_no_json_could_not_be_checked() -> None:
    with pytest.raises(CouldNotCheck):
        parse_resolved("services: {}")


def test_all_that_a_host_lacks_is_told() -> None:
    told = [str(one) for one in resolved_faults(RESOLVED, a_manifest(), "web1", frozenset(), frozenset())]
    assert [one.partition(", wanted")[0] for one in told] == [
        "web1: services.job: found the image docker.io/library/busybox without a tag",
        "web1: networks: found no external network edge",
        "web1: volumes: found no external volume old-data",
    ]
    there = frozenset({"edge"}), frozenset({"old-data"})
    assert len(list(resolved_faults(RESOLVED, a_manifest(), "web1", *there))) == 1


def digest_of(carried: tuple[CarriedFile, ...], value: str = "one") -> str:
    def carried_path(path: str) -> str:
        return path.partition("/root/project/")[2]

    return inputs_digest(RESOLVED.services["web"], carried, carried_path, lambda name: f"{name}={value}")


def test_a_service_is_known_by_the_files_that_it_mounts() -> None:
    other = CarriedFile("web.env", b"A=1\n")
    assert digest_of((NGINX, other)) == digest_of((NGINX,))
    assert digest_of((CarriedFile("nginx/nginx.conf", b"events {}\n\n"),)) != digest_of((NGINX,))
    assert digest_of((NGINX,), "two") != digest_of((NGINX,))
    assert inputs_digest(RESOLVED.services["db"], (NGINX,), lambda path: path, str) == ""


def test_every_service_gets_our_label_and_only_a_companion_an_image() -> None:
    image = "sha256:" + "a" * 64
    overlay = services_overlay(RESOLVED, a_manifest(), {"db": image}, lambda service: service.name[:1])
    services = json.loads(overlay)["services"]
    assert services["web"] == {"labels": {"mint.promotion.stack": "shop", "mint.promotion.files": "w"}}
    assert services["db"]["image"] == companion_tag("shop", image) == "mint-promotion/shop/services:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("redis", True),
        ("redis:latest", True),
        ("localhost:5000/redis", True),
        ("localhost:5000/redis:7", False),
        ("redis@sha256:" + "0" * 64, False),
        ("redis:latest@sha256:" + "0" * 64, False),
    ],
)
def test_an_image_moves_unless_a_tag_or_a_digest_holds_it(image: str, moves: bool) -> None:
    assert bool(moving_tag(image)) is moves
