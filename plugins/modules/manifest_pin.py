# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifest_pin
short_description: Pins revisions and images into a manifest
version_added: "0.1.0"
description:
  - Replaces the revision and image values of a promotion manifest on the control node. Comments and layout stay
    as they are, and only values that differ are touched.
  - The result is checked before it is written, and written atomically.
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
  revision:
    description: The full commit for C(source.revision). Left alone when it is left out.
    type: str
  images:
    description:
      - For each module C(image) (by digest) and C(revision), as M(mint.promotion.image_build) and
        M(mint.promotion.image_resolve) return them.
      - What is missing or null is left alone, as an image of others has no revision.
    type: dict
    default: {}
  repository_path:
    description:
      - A git checkout with the revision, for the digest of compose files of the team's own.
      - By default the one that the manifest lies in.
    type: path
"""

EXAMPLES = r"""
- name: Pin what was built
  mint.promotion.manifest_pin:
    path: deploy/promotion.yml
    revision: "{{ build.revision }}"
    images: "{{ build.images }}"
  delegate_to: localhost
"""

RETURN = r"""
digest:
  description: The digest of the manifest as it is now, or would be in check mode.
  returned: success
  type: str
violations:
  description: Every fault of the manifest.
  returned: failure
  type: list
  elements: dict
"""
