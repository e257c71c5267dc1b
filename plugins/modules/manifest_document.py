# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifest_document
short_description: Writes what people read of a manifest
version_added: "0.1.0"
description:
  - Writes PROMOTION_MANIFEST.md (what goes live, in tables) and .env.prod.example (which values an environment
    has to give) from a promotion manifest, on the control node, and the compose file of a release for review.
  - None holds a value of a secret. A file is only written when its content differs, and then atomically.
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
  path:
    description: The manifest file on the control node.
    type: path
    required: true
  document:
    description: Where PROMOTION_MANIFEST.md goes. Not written when it is left out.
    type: path
  env_example:
    description: Where .env.prod.example goes. Not written when it is left out.
    type: path
  compose:
    description:
      - Where the compose file goes, for example docker-compose.prod.yml. Not written when it is left out.
      - It has the bytes of C(compose.yaml) of a release, in an environment that gives no more than the required
        values to a host that pulls its images.
      - With compose files of the team's own it is the overlay upon them.
    type: path
"""

EXAMPLES = r"""
- name: Write what people read
  mint.promotion.manifest_document:
    path: deploy/promotion.yml
    document: deploy/PROMOTION_MANIFEST.md
    env_example: deploy/.env.prod.example
    compose: deploy/docker-compose.prod.yml
  delegate_to: localhost
"""

RETURN = r"""
violations:
  description: Every fault of the manifest.
  returned: failure
  type: list
  elements: dict
"""
