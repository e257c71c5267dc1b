# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: approval_request
short_description: Writes what people sign to approve of a promotion
version_added: "0.1.0"
description:
  - Writes an approval statement for one manifest, environment and stack, and the manifest that it replaces, into a
    folder. People sign the file with C(ssh-keygen -Y sign); the gate counts their signatures at the promotion.
  - A request that still waits to be signed is kept; nothing is written then.
  - It runs on the control node and contacts no host of the environment.
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
  environment:
    description: The environment that the promotion is about.
    type: str
    default: prod
  environments:
    description: Groups of the inventory that are environments.
    type: list
    elements: str
    default: [staging, prod]
  manifest:
    description: Path of the promotion manifest. Its policy says who has to approve.
    type: path
    required: true
  receipts:
    description: Folder of the receipts. Requests lie in its folder C(approvals), or where C(promotion_approvals) says.
    type: path
    default: receipts
  reason:
    description: Why, for those who sign.
    type: str
    default: ""
  override_reason:
    description:
      - Why the promotion can't wait for the end of a freeze window. What is written then overrides the windows that
        hold now, and is no approval otherwise.
    type: str
    default: ""
  approver_key:
    description:
      - The SSH key of one of these people, or its public half with the private one in ssh-agent. It signs at once.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Ask for approvals
  mint.promotion.approval_request:
    manifest: deploy/promotion.yml
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
requests:
  description: What there is to be signed.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The name of the request.
      type: str
    path:
      description: The file whose bytes are signed. Signatures belong into its folder.
      type: str
    window:
      description: The freeze window that it overrides, empty for a plain approval.
      type: str
    expires_on:
      description: Until when it holds.
      type: str
    threshold:
      description: How many people have to sign.
      type: int
    principals:
      description: Who may.
      type: list
      elements: str
    signed_by:
      description: Who has.
      type: list
      elements: str
"""
