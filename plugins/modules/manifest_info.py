# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifest_info
short_description: Reads and checks a promotion manifest
version_added: "0.1.0"
description:
  - Reads a promotion manifest on the control node and returns it normalised, with all defaults filled in,
    together with its digest.
  - A manifest with faults makes the task fail with all of them at once, each with file, line, column, what was
    found, what is wanted and what to do next.
  - The manifest is data. Nothing in it is templated or executed.
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
  path:
    description: The manifest file on the control node.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Show what shall go live
  mint.promotion.manifest_info:
    path: deploy/promotion.yml
  delegate_to: localhost
  register: manifest
"""

RETURN = r"""
digest:
  description: C(sha256:) and the hexadecimal SHA-256 of the file's exact bytes.
  returned: success
  type: str
  sample: sha256:0b1f3f6948e1b61fa368715e70e2f97b69bf54ed21b4fa1e520481e6f7d0e834
manifest:
  description: The normalised manifest.
  returned: success
  type: dict
environment_contract:
  description: The values that an environment must or may give, by name.
  returned: success
  type: dict
  sample: {"ARTWORK_DATABASE_URL": {"secret": true, "required": true, "used_by": ["artwork"]}}
violations:
  description: Every fault of the manifest, with source, path, line, column, found, wanted and remedy.
  returned: failure
  type: list
  elements: dict
"""
