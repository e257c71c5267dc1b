# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: key_generate
short_description: Makes the gate key, and what verifiers trust
version_added: "0.1.0"
description:
  - Makes what is missing of the keys of the ledger that the play's hosts are recorded in, on the control node. That is
    the gate key (Ed25519), its public half in C(gate.pub), and C(allowed_signers), the people who may approve and ask.
    What is there stays.
  - The private key goes to C(group_vars/all/promotion_gate_key.yml) beside the inventory, as a vaulted
    C(promotion_gate_key), encrypted with the vault password that this run has. Where C(promotion_gate_key_file) is set
    it goes to that file instead, as PEM with the mode 0600.
  - The public files go to the folder C(promotion_keys), by default C(keys) beside the inventory.
  - The first receipt of a ledger introduces its gate key. It is signed and appended here when the ledger is empty.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - mint.promotion.ledger_keys
options:
  requester:
    description: The person who asks, by the name that receipts use. The user that runs Ansible by default.
    type: str
  requester_key:
    description:
      - The SSH key of that person, or its public half. A private key has its C(.pub) file beside it.
      - It is added to C(allowed_signers) for signatures in the namespace C(mint.promotion).
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Make a gate key, and list the own SSH key
  mint.promotion.key_generate:
    requester: ada@example.com
    requester_key: ~/.ssh/id_ed25519.pub
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
keyid:
  description:
    - The keyid of the gate key, the sha256 of its SubjectPublicKeyInfo in hex. Empty in a dry run that would make one.
  returned: success
  type: str
private_key:
  description: Where the new private key lies. Empty when there was one.
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
