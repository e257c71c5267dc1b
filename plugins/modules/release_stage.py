#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lay a release down on a host beside the live one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_stage
short_description: Lay a release down on a host beside the live one
version_added: 0.1.0
description:
  - Takes the lock of the stack for this run, finishes or undoes what a dead worker left, pulls the images by digest,
    checks their revision labels, lets Compose read the files, writes the release directory and journals the verdict.
  - Nothing that users see changes. After a failure there is no lock and no half release.
  - With O(restore) it prepares a rollback to a release that is on the host already.
  - The playbooks call it through the action plugin of the same name, which renders the files and judges the result.
options:
  run_key:
    description: Key of the run, C(CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>).
    type: str
    required: true
  environment:
    description: The environment that the run is for.
    type: str
    required: true
  requester:
    description: Who asked for the run.
    type: str
    required: true
  verdict:
    description: The decision of the gate. It must be V(PASSED) and for this run, environment and manifest.
    type: dict
    required: true
    suboptions:
      verdict:
        description: V(PASSED), V(FAILED) or V(INCONCLUSIVE).
        type: str
        required: true
      manifest_digest:
        description: Digest of the manifest that was judged.
        type: str
        default: ""
      environment:
        description: The environment that was judged for.
        type: str
        required: true
      run_key:
        description: Key of the run that was judged.
        type: str
        required: true
  manifest:
    description: The normalised manifest, as M(mint.promotion.manifest_info) returns it.
    type: dict
  manifest_digest:
    description: Digest of the manifest's exact bytes; that of the verdict by default.
    type: str
  registry_logins:
    description:
      - Logins of registries as JSON, by registry with username and password. The playbooks' action fills it in.
      - They are in memory for as long as the registry is asked.
    type: str
  supplies:
    description:
      - How the images that no registry gives come to the host, by module. The playbooks' action fills it in.
    type: dict
    default: {}
  delivered:
    description:
      - What was brought to the host for them, by module - the path of the archive that an image is built from, or the
        reference that it can be pulled by. The playbooks' action fills it in.
    type: dict
    default: {}
  manifest_text:
    description: The manifest's exact text, which the release keeps as C(manifest.yml).
    type: str
  compose:
    description: Text of the compose file, or of the overlay upon O(files).
    type: str
  files:
    description: Compose files of the team's own, and the files of the repository that these need.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path in the repository.
        type: str
        required: true
      content:
        description: The file's bytes in base64.
        type: str
        required: true
      executable:
        description: Whether it may be executed.
        type: bool
        default: false
  env:
    description: Text of the env file, with all values.
    type: str
  secret_values:
    description: The secret ones of the values, so that none is printed.
    type: list
    elements: str
    default: []
  inherited:
    description:
      - The modules of the manifest that stay as they are live. Their values are taken from the live release, and
        are not in O(env).
    type: dict
    suboptions:
      modules:
        description: Their names.
        type: list
        elements: str
        required: true
      manifest_digest:
        description: Digest of the manifest that has to be live.
        type: str
        required: true
  checkpoint:
    description:
      - A checkpoint of the ledger for the host to keep. It must continue the one that the host keeps already; a
        promotion is refused otherwise, and a rollback leaves the kept one as it is.
    type: dict
    suboptions:
      note:
        description: The checkpoint as a signed note (C2SP tlog-checkpoint).
        type: str
        required: true
      size:
        description: The number of receipts under the checkpoint that the host keeps, which the proof starts from.
        type: int
        default: 0
      proof:
        description: The hashes of the consistency proof (RFC 6962) in Base64.
        type: list
        elements: str
        default: []
  restore:
    description:
      - The release to go back to, by its id, by the key of the run that staged it, or by 12 or more hex digits of the
        digest of its manifest.
      - An empty text takes the last known good release before the live one.
    type: str
  lease:
    description: Seconds after which another run may take the lock over, unless a worker of this run still lives.
    type: int
    default: 3600

extends_documentation_fragment:
  - mint.promotion.stack_on_host
  - mint.promotion.ownership
author:
  - mint.promotion contributors (@mint-promotion)
requirements:
  - On the host Python 3.8 or later, the docker command with its compose plugin, and a running Docker Engine.
attributes:
  check_mode:
    support: full
    description: Compose reads the files from memory and nothing is written; the result says what would change.
  diff_mode:
    support: full
    description: Shows compose and env file before and after, secret values masked.
"""

EXAMPLES = r"""
- name: Stage the release
  mint.promotion.release_stage:
    root: /opt
    lease: 3600
"""

RETURN = r"""
outcome:
  description:
    - V(staged), V(refused) or V(failed).
    - V(no_change) when the release is live and well, which ends the run on this host.
  type: str
  returned: always
  sample: staged
report:
  description: What this call did on this host.
  type: dict
  returned: always
  contains:
    outcome:
      description: The outcome.
      type: str
    run_key:
      description: Key of the run.
      type: str
    changed:
      description: Whether anything was changed.
      type: bool
    release:
      description: The release that the run is about.
      type: str
    before:
      description: The release that was live when the call began.
      type: str
    live:
      description: The release that is live now.
      type: str
    seconds:
      description: How long it took.
      type: float
    steps:
      description: Every step with its state, when it began, how many seconds it took and what was observed.
      type: list
      elements: dict
    failure:
      description: Why it failed - step, module, check, what was found and wanted, remedy, last lines of the log.
      type: dict
    manifest_digest:
      description: Digest of the manifest.
      type: str
    notes:
      description: What a person should know, such as recovered work.
      type: list
      elements: str
modules:
  description: What activation does to each module - added, removed, changed or unchanged.
  type: dict
  returned: when staged
  sample: {artwork: unchanged, quote-page: changed}
"""

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._adapter import run_module
from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import from_arguments
from ansible_collections.mint.promotion.plugins.module_utils._data import decode, encode
from ansible_collections.mint.promotion.plugins.module_utils._ledger.anchor import Successor
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._release.arguments import (
    OWNERSHIP,
    STACK_ON_HOST,
    host_of,
    supplies_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.describe import describe
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    NO_CHANGE,
    STAGED,
    Content,
    Verdict,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.prepare import Inherited, Request
from ansible_collections.mint.promotion.plugins.module_utils._release.staging import preview, stage
from ansible_collections.mint.promotion.plugins.module_utils._release.worker import outlive_connection

VERDICT = {
    "verdict": {"type": "str", "required": True},
    "manifest_digest": {"type": "str", "default": ""},
    "environment": {"type": "str", "required": True},
    "run_key": {"type": "str", "required": True, "no_log": False},
}
INHERITED = {
    "modules": {"type": "list", "elements": "str", "required": True},
    "manifest_digest": {"type": "str", "required": True},
}
CHECKPOINT = {
    "note": {"type": "str", "required": True},
    "size": {"type": "int", "default": 0},
    "proof": {"type": "list", "elements": "str", "default": []},
}
FILE = {
    "path": {"type": "str", "required": True},
    "content": {"type": "str", "required": True},
    "executable": {"type": "bool", "default": False},
}
ARGUMENTS = {
    **STACK_ON_HOST,
    **OWNERSHIP,
    "run_key": {"type": "str", "required": True, "no_log": False},
    "environment": {"type": "str", "required": True},
    "requester": {"type": "str", "required": True},
    "verdict": {"type": "dict", "required": True, "options": VERDICT},
    "manifest": {"type": "dict"},
    "manifest_digest": {"type": "str"},
    "manifest_text": {"type": "str"},
    "registry_logins": {"type": "str", "no_log": True},
    "supplies": {"type": "dict", "default": {}},
    "delivered": {"type": "dict", "default": {}},
    "compose": {"type": "str"},
    "files": {"type": "list", "elements": "dict", "default": [], "options": FILE},
    "env": {"type": "str", "no_log": True},
    "secret_values": {"type": "list", "elements": "str", "default": [], "no_log": True},
    "inherited": {"type": "dict", "options": INHERITED},
    "checkpoint": {"type": "dict", "options": CHECKPOINT},
    "restore": {"type": "str"},
    "lease": {"type": "int", "default": 3600},
}


def request_of(parameters: Mapping[str, Any]) -> Request:
    """Return what the parameters ask for."""
    verdict = decode(Verdict, parameters["verdict"])
    manifest = parameters["manifest"]
    return Request(
        run_key=parameters["run_key"],
        environment=parameters["environment"],
        requester=parameters["requester"],
        verdict=verdict,
        lease=parameters["lease"],
        supplies=supplies_of(parameters),
        delivered=parameters["delivered"],
        manifest=decode(Manifest, manifest) if manifest is not None else None,
        manifest_digest=parameters["manifest_digest"] or verdict.manifest_digest,
        content=Content(
            (parameters["compose"] or "").encode(),
            (parameters["env"] or "").encode(),
            (parameters["manifest_text"] or "").encode(),
            from_arguments(parameters["files"]),
        ),
        secret_values=tuple(parameters["secret_values"]),
        successor=decode(Successor, parameters["checkpoint"]) if parameters["checkpoint"] else None,
        restore=parameters["restore"],
        inherited=decode(Inherited, parameters["inherited"]) if parameters["inherited"] else None,
    )


def perform(parameters: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Stage, or say what staging would do."""
    outlive_connection()
    host = host_of(parameters)
    staging = (preview if check_mode else stage)(host, request_of(parameters))
    report = staging.report
    result = {
        "changed": report.changed,
        "outcome": report.outcome,
        "report": encode(report),
        "modules": dict(staging.modules),
        "diff": list(staging.diff),
    }
    if report.outcome in (STAGED, NO_CHANGE):
        return result
    return {**result, "failed": True, "msg": describe(report.failure) if report.failure else report.outcome}


def main() -> None:
    """Run the module."""
    run_module(
        ARGUMENTS,
        perform,
        required_together=[("manifest", "compose", "env")],
        mutually_exclusive=[("manifest", "restore")],
        required_one_of=[("manifest", "restore")],
    )


if __name__ == "__main__":
    main()
