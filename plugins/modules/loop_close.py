# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: loop_close
short_description: Closes a loop with what the ledger proves
version_added: "0.1.0"
description:
  - Writes into the scope file of a loop what its runs delivered, the results of their recertification with counts,
    their receipts, the final full commits, and that it is closed since this day. What people wrote there stays.
  - It refuses, with all reasons, when a run that is named has no receipts, or some that do not verify, when its gate
    did not say C(PASSED), when it was no promotion that went live, and when other loops or gaps are open.
  - A second time it changes nothing. Once the scope file is committed, it then appends a receipt that names the commit,
    which the file itself cannot do.
  - It works on the control node.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
    details: A finalizer is not called then.
  diff_mode:
    support: full
    details: There is no diff of what a finalizer writes.
  platform:
    platforms: all
options:
  manifest:
    description: The path of the promotion manifest. C(loops) in it says where loops and gaps are kept.
    type: path
    required: true
  runs:
    description: The keys of the runs that did the work.
    type: list
    elements: str
    required: true
  loop:
    description:
      - The id of the loop, C(LOOP-<NAME>-<YYYYMMDD>).
      - C(loops.own) of the manifest by default.
    type: str
  receipts:
    description:
      - The folder of the receipts.
      - That of the inventory by default.
    type: path
  anchors:
    description: Files with checkpoints of the ledger that were kept elsewhere, which it must continue.
    type: list
    elements: path
    default: []
  finalizer:
    description:
      - A command and its arguments that closes the loop instead, once everything was found to be in order.
      - The id of the loop, the path of its scope file and the keys of the runs are added to its arguments. It must
        leave the scope file with a status that says closed.
    type: list
    elements: str
    default: []
  repository_path:
    description:
      - A folder of the git repository that the manifest belongs to.
      - The folder of the manifest by default.
    type: path
"""

EXAMPLES = r"""
- name: Close a loop
  mint.promotion.loop_close:
    manifest: deploy/promotion.yml
    loop: LOOP-SHOP-TO-PROD-20260131
    runs:
      - CAP-20260131-101500__promotion.promote__R3f2a1b9c
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
loop:
  description: The id of the loop.
  returned: success
  type: str
path:
  description: The path of its scope file.
  returned: success
  type: str
runs:
  description: The keys of the runs that it was closed with.
  returned: success
  type: list
  elements: str
commit:
  description: The full commit that holds the closed scope file; empty while it is not committed.
  returned: success
  type: str
receipt:
  description: The digest of the receipt that names this commit; empty where there is none yet.
  returned: success
  type: str
"""
