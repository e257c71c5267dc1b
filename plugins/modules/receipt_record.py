#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Record the run. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: receipt_record
short_description: Write the receipt of a run and show where every host stands
version_added: 0.1.0
description:
  - Closes the open run. Signs its outcome with the gate key and appends it to the ledger. Writes
    C(sessions/R<run key>/receipt.json), the same statement for people, and its renderings C(receipt.md) and
    C(output.txt) below the folder of the receipts, and the change pack of a promotion beside them.
  - Once a promotion has brought its release to all hosts, judges the capabilities of its manifest again that ask for
    that. When an enforced one does not pass, the outcome is V(unverified), and the release stays live.
  - Shows a table of the hosts and leaves the outcome as custom statistics under C(promotion).
  - Does not fail for a bad outcome, so that the statistics are kept. M(mint.promotion.run_assert) does.
options: {}

author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: In check mode the module does what it says and writes nothing.
"""

EXAMPLES = r"""
- name: Record the run
  mint.promotion.receipt_record:
  run_once: true
"""

RETURN = r"""
outcome:
  description: The outcome of the run, the worst of its hosts.
  type: str
  returned: success
  sample: promoted
run_key:
  description: The name of the run.
  type: str
  returned: success
  sample: CAP-20261122-101500__promotion.promote__R4k2j9x0aqz
hosts:
  description: Of each host outcome, release (that the run was about), from and live (before and now), seconds, message.
  type: dict
  returned: success
  sample: {web1: {outcome: promoted, from: r0c1d2e3f4a5b6c7d, live: r89abcdef01234567}}
table:
  description: The table of the hosts as it was shown.
  type: str
  returned: success
receipt:
  description: Path of the receipt; empty in check mode, and where it could not be written.
  type: str
  returned: success
change_pack:
  description: Path of the change pack of a promotion; empty where there is none.
  type: str
  returned: success
message:
  description: Why no receipt could be written, empty otherwise.
  type: str
  returned: success
"""
