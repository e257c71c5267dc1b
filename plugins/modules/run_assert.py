#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fail unless the run went well. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: run_assert
short_description: Fail a run that was refused or did not go well
version_added: 0.1.0
description:
  - Fails whenever the outcome of the run is not V(promoted), V(restored) or V(no_change), and says for each host why.
  - Reads the outcome from the run itself, so no variable can make a failure look well.
  - It is a task of its own because Ansible drops the custom statistics of a task that fails.
options:
  state:
    description:
      - V(well) fails unless the run was recorded and went well.
      - V(open) fails only when the run has ended already, because it was refused.
    type: str
    choices: [open, well]
    default: well

author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: In check mode the module does what it says and writes nothing.
"""

EXAMPLES = r"""
- name: Fail unless every host is well
  mint.promotion.run_assert:
  run_once: true
"""

RETURN = r"""
outcome:
  description: The outcome of the run.
  type: str
  returned: success
  sample: promoted
"""
