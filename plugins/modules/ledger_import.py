# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ledger_import
short_description: Takes over the receipts of another ledger
version_added: "0.1.0"
description:
  - Verifies another ledger whole, as M(mint.promotion.ledger_info) does, and appends to the ledger of the play's hosts
    what it lacks of it. A source that is not OK in every receipt is refused with the reasons.
  - Lines are appended byte for byte, with the signatures that they have, and the folders of their runs are copied. So
    the public gate key of the source must be in C(gate.pub) of C(promotion_keys).
  - A receipt is judged at its place in a ledger. The result is verified before it is written. A gate key that began
    the source is introduced here by a receipt of this ledger's own gate.
  - Meant for a ledger that keeps what CI jobs have recorded. Promotions of the same stack to the same environment
    belong into one ledger, or their order is lost.
  - A second import of the same source changes nothing.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: all
options:
  source:
    description:
      - A folder of receipts, the C(promotion_receipts) of another control node, or a git remote as C(promotion_ledger)
        takes it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Keep what CI has recorded
  mint.promotion.ledger_import:
    source: git+ssh://git@git.example.com/team/receipts.git#ledger
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
ledger:
  description: The ledger that the receipts are in now, a folder or an address.
  returned: success
  type: str
receipts:
  description: What it gets, in its order, each with index, digest, kind and run_key.
  returned: success
  type: list
  elements: dict
runs:
  description: The run keys whose folders are copied.
  returned: success
  type: list
  elements: str
"""
