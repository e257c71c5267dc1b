# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: loop_open
short_description: Opens a loop
version_added: "0.1.0"
description:
  - Writes the scope file of a loop, where the manifest says that they are kept (C(loops.folder)).
  - A scope file that is there stays as it is; a loop that is closed is not opened again.
  - It works on the control node.
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
  manifest:
    description: The path of the promotion manifest.
    type: path
    required: true
  loop:
    description:
      - The id of the loop, C(LOOP-<NAME>-<YYYYMMDD>).
      - C(loops.own) of the manifest by default.
    type: str
  about:
    description: What the loop is about, in Markdown.
    type: str
    default: ""
  owner:
    description:
      - Whose loop it is.
      - The user that runs Ansible by default.
    type: str
  repository_path:
    description:
      - A folder of the git repository that the manifest belongs to.
      - The folder of the manifest by default.
    type: path
"""

EXAMPLES = r"""
- name: Open a loop
  mint.promotion.loop_open:
    manifest: deploy/promotion.yml
    loop: LOOP-SHOP-TO-PROD-20260131
    about: Bring the shop to production.
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
loop:
  description: The id of the loop.
  returned: success
  type: str
path:
  description: The path of its scope file.
  returned: success
  type: str
"""
