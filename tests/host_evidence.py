# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run, and the evidence of a host that is well: what tests of gates change one observation of."""

from __future__ import annotations

from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._gates.evaluate import evaluate
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import PROMOTE, Run
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module

MANIFEST = Manifest(
    schema=1,
    stack="mint-modules",
    project="mint-modules",
    repository="https://git.example.com/mint.git",
    revision="b" * 40,
    modules=(Module("artwork", "registry.example.com/mint/artwork@sha256:" + "a" * 64, "files-api", "b" * 40),),
)
RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action=PROMOTE,
    environment="prod",
    stack="mint-modules",
    hosts=("web1",),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
    manifest=MANIFEST,
)
IMAGE = {
    "module": "artwork",
    "reference": MANIFEST.modules[0].image,
    "here": False,
    "registry": True,
    "platforms": ["linux/amd64"],
    "size": 100 * 1024**2,
}
LOCK = {
    "run_key": "CAP-20260212-000000__promotion.promote__Rother",
    "holder": "ops@desk",
    "since": "2026-02-12T00:00:00Z",
    "until": "2026-02-12T00:15:00Z",
    "expired": False,
    "worker_alive": False,
}
LIVE: dict[str, Any] = {
    "release": "r00000000000000aa",
    "manifest_digest": "sha256:" + "c" * 64,
    "run_key": "CAP-1",
    "faults": [],
}
KEPT: dict[str, Any] = {"release": LIVE["release"], "images_present": True, "rollback_target": False}
WELL_RELEASE: dict[str, Any] = {
    "lock": None,
    "rollback": {"release": "r0123456789abcdef"},
    "live": LIVE,
    "drift": [],
    "releases": [KEPT],
    "unfinished": None,
    "unknown": [],
}
USER = {"uid": 0, "name": "root", "root": "/opt", "root_writable": True, "owner": None, "group": None}
UNKNOWN = {"name": "shop", "known": False, "allowed": False}
WELL: dict[str, Any] = {
    "platform": {"value": {"os": "linux", "arch": "amd64", "python": "3.11.2"}},
    "user": {"value": {**USER, "group": {"name": "docker", "known": True, "allowed": True}}},
    "engine": {"value": "20.10.24"},
    "compose": {"value": "2.40.3"},
    "disk": {"value": {"root_free": 10 * 1024**3, "data_free": 10 * 1024**3}},
    "ports": {"value": [{"module": "artwork", "published": 3500, "address": "0.0.0.0", "state": "ours"}]},
    "networks": {"value": {"mint-database": True}},
    "volumes": {"value": {}},
    "images": {"value": [IMAGE]},
    "reachability": {"value": [{"name": "postgres", "host": "db", "port": 5432, "reachable": True}]},
    "checks": {"value": []},
    "clock": {"value": {"skew_seconds": 0.4, "error_seconds": 0.3}},
    "release": {"value": WELL_RELEASE},
}


def result_of(gate: str, evidence: dict[str, Any], run: Run = RUN) -> GateResult:
    return next(one for one in evaluate(run, {"web1": evidence}).results if one.gate == gate)
