#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what a host holds of a stack."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_info
short_description: Say what a host holds of a stack
version_added: 0.1.0
description:
  - Observes what is live since when, whether it is what was promoted, which releases there are and which a rollback can
    go to, who holds the lock, and what is unfinished.
  - It judges nothing and changes nothing.
options:
  selector:
    description: The release that RV(release.rollback) answers for; empty for the last known good one.
    type: str
    default: ""

extends_documentation_fragment:
  - mint.promotion.stack_on_host
author:
  - mint.promotion contributors (@mint-promotion)
requirements:
  - On the host Python 3.8 or later, the docker command with its compose plugin, and a running Docker Engine.
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
  diff_mode:
    support: none
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Look at the host
  mint.promotion.release_info:
    root: /opt
    stack: mint-modules
  register: host

- name: Show what is live
  ansible.builtin.debug:
    var: host.release.live
"""

RETURN = r"""
release:
  description: What was observed. A part that could not be told is null, and RV(release.unknown) says why.
  type: dict
  returned: success
  contains:
    root:
      description: The promotion root.
      type: str
    stack:
      description: Name of the stack.
      type: str
    live:
      description:
        - The live release - release, manifest_digest, revision, environment, run_key, since, by, faults (what was
          changed of its files), and modules, which maps the name of each module to its image, digest and revision.
      type: dict
    drift:
      description: Where what is there differs from what was promoted - subject, found, wanted.
      type: list
      elements: dict
    releases:
      description:
        - The releases on this host - release, manifest_digest, revision, environment, run_key, run_keys, staged_at,
          known_good, voided, images_present, rollback_target, and the reason why a rollback can not go there.
      type: list
      elements: dict
    rollback:
      description: The release that a rollback would go to, or the reason why there is none and the remedy.
      type: dict
    lock:
      description:
        - Who holds the lock - run_key, holder, since, until, expired, worker_alive; null when nobody does.
        - It has expired when its lease ran out or its run is over; then another run takes it, unless a worker lives.
      type: dict
    unfinished:
      description: Work that has begun and has no outcome - run_key, action, from, to, since, verified, step.
      type: dict
    outcomes:
      description: The last outcomes - time, run_key, outcome, release, before, live, seconds.
      type: list
      elements: dict
    unknown:
      description: What could not be told - part and reason.
      type: list
      elements: dict
"""

from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._adapter import run_module
from ansible_collections.mint.promotion.plugins.module_utils._release.arguments import STACK_ON_HOST, host_of
from ansible_collections.mint.promotion.plugins.module_utils._release.identity import require_names
from ansible_collections.mint.promotion.plugins.module_utils._release.observe import observe

ARGUMENTS = {
    **STACK_ON_HOST,
    "selector": {"type": "str", "default": ""},
}


def perform(parameters: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Observe; check mode makes no difference."""
    require_names(parameters["stack"])
    host = host_of(parameters)
    return {"release": observe(host, parameters["selector"])}


def main() -> None:
    """Run the module."""
    run_module(ARGUMENTS, perform)


if __name__ == "__main__":
    main()
