#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a staged release live, or put back what the run changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_activate
short_description: Make a staged release live, or put back what the run changed
version_added: 0.1.0
description:
  - Carries the activation through as one transaction - brings up what changed, asks health and smoke checks, compares
    images and volumes, switches, watches - and puts the old release back, and proves it, when anything fails.
  - The work is done by a process of its own on the host, so that a lost connection does not interrupt it. Called again
    with the same run key, the module waits for that process or returns the outcome that it has journalled.
  - It activates only what this run has staged on this host with a PASSED verdict.
options:
  run_key:
    description: Key of the run, C(CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>).
    type: str
    required: true
  state:
    description:
      - V(active) makes the staged release live.
      - V(restored) leaves the host as it was before the run. It puts the old release back if the run has switched here,
        and gives the lock back if it has only staged.
    type: str
    choices: [active, restored]
    default: active
  lease:
    description: Seconds after which another run may take the lock over, unless a worker of this run still lives.
    type: int
    default: 3600
  leads:
    description:
      - What this host does to the database that all hosts of the run share; one of them does each. V(forward) runs the
        migrations of the release that comes, V(reverse) takes away those that only the release being left has.
      - A host without V(forward) waits until the migrations are there.
    type: list
    elements: str
    choices: [forward, reverse]
    default: [forward, reverse]

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
    description: Nothing is done, and the outcome is V(not_started).
  diff_mode:
    support: none
    description: What differs is shown when the release is staged.
"""

EXAMPLES = r"""
- name: Make the staged release live
  mint.promotion.release_activate:
    root: /opt

- name: Put back what this run changed
  mint.promotion.release_activate:
    root: /opt
    state: restored
"""

RETURN = r"""
outcome:
  description: V(promoted), V(restored), V(no_change), V(rolled_back), V(taken_back), V(rollback_failed), V(failed),
    V(refused), V(not_started) or V(interrupted).
  type: str
  returned: always
  sample: promoted
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
"""

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._adapter import run_module
from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._release.arguments import OWNERSHIP, STACK_ON_HOST, host_of
from ansible_collections.mint.promotion.plugins.module_utils._release.describe import describe
from ansible_collections.mint.promotion.plugins.module_utils._release.detached import (
    activate_or_explain,
    is_well,
    restore_or_explain,
    untouched,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.plan import BOTH

ARGUMENTS = {
    **STACK_ON_HOST,
    **OWNERSHIP,
    "run_key": {"type": "str", "required": True, "no_log": False},
    "state": {"type": "str", "choices": ["active", "restored"], "default": "active"},
    "lease": {"type": "int", "default": 3600},
    "leads": {"type": "list", "elements": "str", "choices": list(BOTH), "default": list(BOTH)},
}


def perform(parameters: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Activate or put back."""
    host = host_of(parameters)
    run, lease, state = parameters["run_key"], parameters["lease"], parameters["state"]
    if check_mode:
        report = untouched(host, run)
    else:
        leads = tuple(parameters["leads"])
        report = (
            activate_or_explain(host, run, lease, leads) if state == "active" else restore_or_explain(host, run, lease)
        )
    result = {"changed": report.changed, "outcome": report.outcome, "report": encode(report)}
    if is_well(report, state):
        return result
    return {**result, "failed": True, "msg": describe(report.failure) if report.failure else report.outcome}


def main() -> None:
    """Run the module."""
    run_module(ARGUMENTS, perform)


if __name__ == "__main__":
    main()
