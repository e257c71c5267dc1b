# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: key_revoke
short_description: Revokes the SSH key of a person
version_added: "0.1.0"
description:
  - Appends a receipt to the ledger from which on the signatures of this key count no more. What it signed before stays
    valid, so its line in C(allowed_signers) stays too.
  - A gate key is replaced by M(mint.promotion.key_rotate) instead.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - mint.promotion.ledger_keys
options:
  key:
    description:
      - The fingerprint of the key, as C(ssh-keygen -l) shows it (V(SHA256:...)). It has to be in C(allowed_signers).
    type: str
    required: true
  reason:
    description: Why, for the receipt.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Revoke a lost key
  mint.promotion.key_revoke:
    key: SHA256:uDAzxRVRedUwXb4JlH2nWkOrNRAx4IXLTbEP/bAAYBY
    reason: The notebook was lost.
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
keyid:
  description: The fingerprint of the key.
  returned: success
  type: str
principal:
  description: Whose key it is.
  returned: success
  type: str
receipts:
  description: What the ledger got, by index and digest.
  returned: success
  type: list
  elements: dict
"""
