# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: run_accept
short_description: Records that people accept a promotion
version_added: "0.1.0"
description:
  - Writes what people sign to accept one promotion that has gone live, bound to its run, environment, stack, manifest
    and the receipt of its outcome. They sign the file with C(ssh-keygen -Y sign).
  - Called again it appends a receipt with the signatures that have come meanwhile, each person once.
  - It refuses with all reasons when the receipts of the run are missing or do not verify, when its gate did not say
    C(PASSED), and when it was no promotion that went live.
  - It works on the control node.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    platforms: all
options:
  run:
    description: The key of the run that is accepted.
    type: str
    required: true
  receipts:
    description:
      - The folder of the receipts. What is signed lies in its folder C(acceptances).
      - That of the inventory by default.
    type: path
    default: ""
  reason:
    description: What the people have to say of it. It is part of what they sign.
    type: str
    default: ""
  approver_key:
    description:
      - The SSH key of one of these people, or its public half with the private one in ssh-agent. It signs at once.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Accept a promotion
  mint.promotion.run_accept:
    run: CAP-20260131-101500__promotion.promote__R3f2a1b9c
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The file whose bytes are signed. Signatures belong into its folder, with names that end with C(.sig).
  returned: success
  type: str
accepted_by:
  description: Who has accepted by the ledger, each with the digest of the receipt.
  returned: success
  type: dict
"""
