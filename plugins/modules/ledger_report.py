#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show the verdict on ledgers. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ledger_report
short_description: Show the verdict on ledgers
version_added: 0.1.0
description:
  - Shows what M(mint.promotion.ledger_info) found, as a table for people with the reasons below it.
  - Fails when a ledger is INVALID, and, in other words, when one is INDETERMINATE.
options:
  ledgers:
    description: RV(mint.promotion.ledger_info#module:ledgers).
    type: list
    elements: dict
    required: true
author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
  diff_mode:
    support: none
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Verify the receipts
  mint.promotion.ledger_info:
  run_once: true
  register: verified

- name: Show the verdict
  mint.promotion.ledger_report:
    ledgers: "{{ verified.ledgers }}"
  run_once: true
"""

RETURN = r"""
verdict:
  description: V(OK), for it fails otherwise.
  type: str
  returned: success
"""
