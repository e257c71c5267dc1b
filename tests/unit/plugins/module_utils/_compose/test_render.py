# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rendered compose file: complete for production, and nothing in it that changes without need."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._compose.render import compose_document
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Attachment,
    Healthcheck,
    Manifest,
    Module,
    Mount,
    OwnCompose,
    Port,
    Resources,
    Variable,
)

IMAGE = f"registry.example.com/mint/artwork@sha256:{'1' * 64}"
ARTWORK = Module(
    name="artwork",
    image=IMAGE,
    service="files-api",
    revision="a" * 40,
    ports=(Port(3500, 3400, "127.0.0.1"),),
    environment=(Variable("API_KEY", "SHIPPING_API_KEY", secret=True), Variable("LEVEL", "LEVEL", required=False)),
    healthcheck=Healthcheck(("CMD-SHELL", "test $HOME"), interval_seconds=7),
    resources=Resources("192m", 0.5, 100),
    read_only=True,
    tmpfs=("/tmp",),
    user="1000:1000",
    command=("serve", "--price=$5"),
    stop_grace_seconds=20,
    networks=("database",),
    volumes=(Mount("files", "/data", read_only=True),),
)
MANIFEST = Manifest(
    schema=1,
    stack="mint",
    project="mint-prod",
    repository="https://git.example.com/mint.git",
    revision="b" * 40,
    modules=(ARTWORK, Module("shop", IMAGE, "web", depends_on=("artwork",), third_party=True)),
    networks=(Attachment("database", "mint-database"), Attachment("inner", "mint-inner", external=False)),
    volumes=(Attachment("files", "mint-files"),),
)


def service(name: str, manifest: Manifest = MANIFEST, sources: tuple[str, ...] = ("SHIPPING_API_KEY",)) -> Any:
    return compose_document(manifest, sources)["services"][name]


def test_a_service_has_what_production_needs() -> None:
    assert service("files-api") == {
        "image": IMAGE,
        "command": ["serve", "--price=$$5"],
        "restart": "unless-stopped",
        "init": True,
        "user": "1000:1000",
        "read_only": True,
        "tmpfs": ["/tmp"],
        "security_opt": ["no-new-privileges:true"],
        "ports": [{"target": 3400, "published": "3500", "host_ip": "127.0.0.1", "protocol": "tcp"}],
        "networks": {"default": {}, "database": {}},
        "volumes": [{"type": "volume", "source": "files", "target": "/data", "read_only": True}],
        "healthcheck": {
            "test": ["CMD-SHELL", "test $$HOME"],
            "interval": "7s",
            "timeout": "5s",
            "retries": 3,
            "start_period": "10s",
        },
        "stop_grace_period": "20s",
        "mem_limit": "192m",
        "cpus": 0.5,
        "pids_limit": 100,
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
        "labels": {
            "mint.promotion.stack": "mint",
            "mint.promotion.module": "artwork",
            "mint.promotion.revision": "a" * 40,
        },
        "environment": {"API_KEY": "${SHIPPING_API_KEY}"},
    }


def test_what_a_module_does_not_say_is_left_to_its_image() -> None:
    assert set(service("web")) == {
        "image",
        "restart",
        "init",
        "security_opt",
        "depends_on",
        "networks",
        "stop_grace_period",
        "logging",
        "labels",
    }


def test_dependencies_are_services_and_nobody_waits_for_their_health() -> None:
    assert service("web")["depends_on"] == {"files-api": {"condition": "service_started"}}


def test_a_variable_without_a_value_is_left_out() -> None:
    assert "LEVEL" not in service("files-api")["environment"]
    assert service("files-api", sources=("LEVEL",))["environment"] == {"LEVEL": "${LEVEL}"}
    assert "environment" not in service("files-api", sources=())


def test_a_module_of_others_has_no_revision_label() -> None:
    assert service("web")["labels"] == {"mint.promotion.stack": "mint", "mint.promotion.module": "shop"}


def test_what_is_external_is_never_made() -> None:
    document = compose_document(MANIFEST, ())
    assert document["name"] == "mint-prod"
    assert document["networks"] == {
        "database": {"name": "mint-database", "external": True},
        "inner": {"name": "mint-inner"},
    }
    assert document["volumes"] == {"files": {"name": "mint-files", "external": True}}


def test_only_the_changed_module_renders_otherwise() -> None:
    changed = replace(ARTWORK, image=IMAGE.replace("1", "2"))
    after = replace(MANIFEST, revision="c" * 40, modules=(changed, MANIFEST.modules[1]))
    assert service("web", after) == service("web")
    assert service("files-api", after) != service("files-api")


def test_an_overlay_says_image_labels_and_environment_and_nothing_else() -> None:
    own = replace(MANIFEST, compose=OwnCompose(("compose.yaml",), "sha256:" + "0" * 64))
    document = compose_document(own, {one.source for one in ARTWORK.environment})
    rendered = compose_document(MANIFEST, {one.source for one in ARTWORK.environment})["services"]
    assert list(document) == ["services"]
    for name, said in document["services"].items():
        keys = {key for key in ("image", "labels", "environment") if key in rendered[name]}
        assert said == {key: rendered[name][key] for key in keys}
