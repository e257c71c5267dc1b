# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say which hosts carry which stacks. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_info
short_description: Say which stacks every host carries
version_added: 0.1.0
description:
  - Looks at the hosts of the play that belong to an environment, and says which stacks each of them carries. No host is
    contacted.
  - C(promotion_stacks) of a host lists them. A host without that variable carries every stack; of it the result has the
    one of O(stack) or of O(manifest).
options:
  environments:
    description: The groups of the inventory that are environments.
    type: list
    elements: str
    default: [staging, prod]
  manifest:
    description: Path of a promotion manifest, for hosts that do not say what they carry.
    type: path
  stack:
    description: Only this stack, and only hosts that carry it. It fails when none does.
    type: str

author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Find out which stacks the hosts carry
  mint.promotion.stack_info:
  run_once: true
  register: carried

- name: Look at each of them
  mint.promotion.release_info:
    stack: "{{ item }}"
  loop: "{{ carried.stacks[inventory_hostname] | default([]) }}"
"""

RETURN = r"""
stacks:
  description: The names of stacks by the names of hosts.
  type: dict
  returned: success
  sample: {web1: [shop, blog], web2: [shop]}
"""
