#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Open a run. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: run_open
short_description: Open a promotion or a rollback on the control node
version_added: 0.1.0
description:
  - Reads the manifest and the values that every host gives for its environment contract, and finds all their
    faults before any host is contacted.
  - Opens the run of this C(ansible-playbook) process. Every later phase looks for it there, so a phase that was
    skipped leaves the following ones without a run, and they refuse.
  - A request that is refused leaves a receipt, and custom statistics under C(promotion). The task itself does not fail
    then; M(mint.promotion.run_assert) does.
  - Only hosts that carry the stack belong to the run. C(promotion_stacks) of a host lists those that it carries; a host
    without that variable carries every stack.
options:
  action:
    description: What the run does.
    type: str
    required: true
    choices: [promote, rollback]
  environment:
    description:
      - The environment, a group of the inventory.
      - For a promotion the default is V(prod). For a rollback it is the one environment of O(environments) that the
        limit leaves; more than one is refused.
    type: str
  environments:
    description: The groups of the inventory that are environments.
    type: list
    elements: str
    default: [staging, prod]
  manifest:
    description:
      - Path of the promotion manifest on the control node.
      - Required for a promotion. A rollback takes the name of the stack from it, unless O(stack) says it.
      - A rollback without both goes by the hosts, where all of them carry one and the same stack only.
    type: path
  stack:
    description: Name of the stack. With a manifest it must be the one that the manifest names.
    type: str
  release:
    description:
      - What a rollback goes back to, a release id, the run key of the promotion that brought it, or the first 12 or
        more digits of its manifest digest.
      - Empty for the last known good release.
    type: str
    default: ""
  modules:
    description:
      - Names of the modules to promote. The others stay as they are live, in a whole new release.
      - Every host has to have the same release live. Empty for the whole manifest; not for a rollback.
    type: list
    elements: str
    default: []
  receipts:
    description: Folder of the receipts on the control node, relative to the current folder.
    type: path
    default: receipts
  requester:
    description: Who asks for the run. The default is the user that runs Ansible.
    type: str
  repository_path:
    description:
      - A git checkout with the commit that the manifest names, for compose files of the team's own.
      - By default the one that the manifest lies in.
    type: path
  parent_run:
    description:
      - The run key of the run, of another tool, that starts this one. Receipts name it.
      - Empty for the environment variable E(RUN_KEY) where that is a run key, else for none.
    type: str
    default: ""

author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: In check mode the module does what it says and writes nothing.
"""

EXAMPLES = r"""
- name: Open the run
  mint.promotion.run_open:
    action: promote
    environment: prod
    manifest: deploy/promotion.yml
  run_once: true
"""

RETURN = r"""
run_key:
  description: The name of the run.
  type: str
  returned: success
  sample: CAP-20261122-101500__promotion.promote__R4k2j9x0aqz
environment:
  description: The environment that the run is about.
  type: str
  returned: success
  sample: prod
stack:
  description: The stack that the run is about.
  type: str
  returned: success
  sample: mint-modules
hosts:
  description: The hosts that the run is about.
  type: list
  elements: str
  returned: success
  sample: [web1, web2]
outcome:
  description: V(refused) where the request has faults; message says which.
  type: str
  returned: when refused
  sample: refused
manifest_digest:
  description: Digest of the manifest's bytes, empty for a rollback.
  type: str
  returned: success
  sample: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""
