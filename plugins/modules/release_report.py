#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show what hosts hold. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release_report
short_description: Show what every host holds of its stacks
version_added: 0.1.0
description:
  - Shows what M(mint.promotion.release_info) observed, for all hosts at once, as tables for people.
  - Says what is live since when, whether it is what was promoted, which releases a rollback can go to, who holds the
    lock and what is unfinished.
  - Shows the ledgers that the hosts are recorded in - how many receipts, whether they fit the checkpoint, and which
    runs have no outcome. M(mint.promotion.ledger_info) verifies them.
  - Fails when something could not be observed, after showing all the rest.
options:
  hosts:
    description:
      - The results of M(mint.promotion.release_info), looped over stacks or not, by the names of their hosts.
      - Results of a skipped task are left out.
    type: dict
    required: true
author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Show what was seen
  mint.promotion.release_report:
    hosts: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'seen'))) }}"
  run_once: true
"""

RETURN = r"""
hosts:
  description: What each host holds of each stack, as M(mint.promotion.release_info) returns it.
  type: dict
  returned: success
ledgers:
  description:
    - What was seen of each ledger - place, size (receipts under its checkpoint), beyond (receipts after it), fault
      (empty when log and checkpoint fit), unfinished (runs without outcome), and reason (why it could not be seen).
  type: list
  elements: dict
  returned: success
"""
