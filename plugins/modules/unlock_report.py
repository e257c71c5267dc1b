# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say what became of a lock. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: unlock_report
short_description: Say of every host what became of a lock
version_added: 0.1.0
description:
  - Shows as a table what M(mint.promotion.release_unlock) found on each host.
  - Fails when no host had the lock, and when one could not be looked at.
options:
  lock:
    description: Key of the run whose lock was to be broken.
    type: str
    required: true
  hosts:
    description:
      - The results of M(mint.promotion.release_unlock), looped over stacks or not, by the names of their hosts.
      - Results of a skipped task are left out.
    type: dict
    required: true

author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: Says which locks would be broken.
"""

EXAMPLES = r"""
- name: Say what became of the lock
  mint.promotion.unlock_report:
    lock: CAP-20260131-120000__promote__R1a2b3c4d
    hosts: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'unlocked'))) }}"
  run_once: true
"""

RETURN = r"""
hosts:
  description: The hosts on which the lock was broken.
  type: list
  elements: str
  returned: success
"""
