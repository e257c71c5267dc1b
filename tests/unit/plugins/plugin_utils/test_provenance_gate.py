# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images of a real registry's API are looked at before a host pulls them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any, Iterator, Mapping

import pytest
from engine.registry import Registry, running_registry

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    GateResult,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.plugin_utils._control_gates import judge
from ansible_collections.mint.promotion.plugins.plugin_utils._provenance_gate import provenance_questions
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context

REVISION, OTHER = "a" * 40, "b" * 40
SOURCE = "https://git.example.com/team/shop.git"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running_registry() as registry:
        yield registry


def push(registry: Registry, platforms: Mapping[str, str]) -> str:
    """Put an image with a revision for each platform into the registry; returns the digest of their index."""
    entries = [_image(registry, platform, revision) for platform, revision in platforms.items()]
    kind = "application/vnd.oci.image.index.v1+json"
    return _put(registry, kind, {"manifests": entries})


def _image(registry: Registry, platform: str, revision: str) -> dict[str, Any]:
    system, architecture = platform.split("/")
    labels = {"org.opencontainers.image.revision": revision, "org.opencontainers.image.source": SOURCE}
    blob = json.dumps({"os": system, "architecture": architecture, "config": {"Labels": labels}}).encode()
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": _digest(blob), "size": len(blob)}
    registry.blobs[_digest(blob)] = blob
    kind = "application/vnd.oci.image.manifest.v1+json"
    digest = _put(registry, kind, {"config": config, "layers": []})
    return {"mediaType": kind, "digest": digest, "size": 1, "platform": {"os": system, "architecture": architecture}}


def _put(registry: Registry, kind: str, data: Mapping[str, Any]) -> str:
    content = json.dumps({"schemaVersion": 2, "mediaType": kind, **data}).encode()
    registry.manifests[f"/v2/web/manifests/{_digest(content)}"] = (kind, content)
    return _digest(content)


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def ask(name: str, digest: str, policy: Policy | None = None, registry: bool | None = True) -> GateResult:
    """Judge a promotion of one module, to a host that has no image yet."""
    web = Module("web", f"{name}/web@{digest}", "web", REVISION)
    manifest = Manifest(1, "shop", "shop", SOURCE, REVISION, (web,), policy={"prod": policy or Policy()})
    key = "CAP-20260131-120000__mint.promotion.promote__R1"
    run = Run(key, PROMOTE, "prod", "shop", ("prod-1",), "ada", "here", "2026-01-31T12:00:00Z", manifest=manifest)
    image = {"module": "web", "here": False, "source": "registry", "registry": registry, "reason": "it says no"}
    evidence = {"prod-1": {"images": {"value": [image]}, "platform": {"value": {"os": "linux", "arch": "amd64"}}}}
    variables: dict[str, Any] = {"hostvars": {"prod-1": {}}}
    context = Context(run, variables, evidence, PromotionError("There is no ledger"), None, (), ())
    (result,) = judge(context, lambda _line: None, (provenance_questions,))
    return result


def test_the_image_for_the_platform_of_the_host_counts(registry: Registry) -> None:
    digest = push(registry, {"linux/amd64": REVISION, "linux/arm64": OTHER})
    result = ask(registry.name, digest)
    assert (result.verdict, result.mode, result.counts) == (PASSED, "enforce", "1/1 images")


def test_an_image_of_another_revision_is_refused(registry: Registry) -> None:
    result = ask(registry.name, push(registry, {"linux/amd64": OTHER}))
    assert (result.verdict, result.mode) == (FAILED, "enforce")
    assert OTHER in result.found


def test_an_image_that_is_gone_is_refused_once_a_host_says_so(registry: Registry) -> None:
    digest = push(registry, {"linux/amd64": REVISION})
    registry.manifests.clear()
    assert ask(registry.name, digest, registry=False).verdict == FAILED
    unproven = ask(registry.name, digest, registry=None)
    assert (unproven.verdict, "has no" in unproven.found) == (INCONCLUSIVE, True)


def test_a_registry_that_only_hosts_reach_stops_nothing_unless_the_policy_says_so(registry: Registry) -> None:
    digest = "sha256:" + "1" * 64
    unreached = "127.0.0.1:1"
    assert ask(unreached, digest).verdict == INCONCLUSIVE
    assert ask(unreached, digest).mode == "report"
    strict = replace(Policy(), gates={"provenance": "enforce"})
    assert (ask(unreached, digest, strict).verdict, ask(unreached, digest, strict).mode) == (INCONCLUSIVE, "enforce")
