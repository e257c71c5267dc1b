# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: key_rotate
short_description: Replaces the gate key
version_added: "0.1.0"
description:
  - Makes a new gate key. The old one signs the receipt that hands over to it, then the new one takes its place in
    C(promotion_gate_key) or C(promotion_gate_key_file).
  - The public half of the old key stays in C(gate.pub), because it has signed the receipts up to that place.
  - When it is cut off, the next run finishes it.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - mint.promotion.ledger_keys
options:
  reason:
    description: Why, for the receipt.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Replace the gate key
  mint.promotion.key_rotate:
    reason: The control node was replaced.
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
keyid:
  description: The keyid of the new gate key. Empty in a dry run.
  returned: success
  type: str
replaces:
  description: The keyid of the old one.
  returned: success
  type: str
private_key:
  description: Where the new private key lies.
  returned: success
  type: str
folder:
  description: The folder of the public files.
  returned: success
  type: str
receipts:
  description: What the ledger got, by index and digest.
  returned: success
  type: list
  elements: dict
"""
