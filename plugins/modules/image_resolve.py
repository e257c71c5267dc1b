# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_resolve
short_description: Looks up the images that CI has pushed
version_added: "0.1.0"
description:
  - Asks the registries of a promotion manifest, over their API, which digests the tags of its modules name, and
    checks what those images say of themselves.
  - The label C(org.opencontainers.image.revision) has to be a full commit, C(org.opencontainers.image.source) the
    C(source.repository) of the manifest (https, ssh and C(git@host:path) name the same one), and every platform
    that is asked for has to be there.
  - Images of others (C(third_party)) are looked up when O(tags) names them. They need no labels.
  - All faults of all modules come at once. Nothing is pulled, and no Docker Engine is needed.
  - A registry with several images under one tag gives the digest of their index.
  - Passwords are read from the variable C(promotion_registry_logins), never from an option. It maps registries, as
    images name them, to C(username) and C(password). Registries of the list C(promotion_insecure_registries), and
    those of this machine, are asked over plain HTTP, all others over TLS as the system trusts it.
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
  manifest:
    description: The manifest file on the control node.
    type: path
    required: true
  tag:
    description:
      - The tag of the images of all modules that O(tags) does not name.
      - The full commit of O(revision), or that of the checkout, when it is left out.
      - A text, or a whole number. YAML reads V(1.10) without quotes as another number, which is refused.
    type: raw
  tags:
    description: Tags by module.
    type: dict
    default: {}
  revision:
    description:
      - The commit that all images have to be built from, or anything that names it in O(repository_path).
      - When it is left out, each image says its own.
    type: str
  repository_path:
    description:
      - A folder of a git checkout of the modules. It is only looked at when a commit has to be found or two
        have to be compared.
      - The folder of the manifest when it is left out.
    type: path
  registry:
    description: A registry (C(host:port)) in place of the one in the repositories of the manifest's own images.
    type: str
  platforms:
    description: The platforms that every image has to be there for, as C(linux/amd64).
    type: list
    elements: str
    default: [linux/amd64]
  modules:
    description: The modules to look up. All of one's own, and those that O(tags) names, when there are none here.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Look up what CI has pushed
  mint.promotion.image_resolve:
    manifest: deploy/promotion.yml
    tag: v1.2.3
    tags:
      database: "16.4"
  delegate_to: localhost
  register: pushed

- name: Pin it
  mint.promotion.manifest_pin:
    path: deploy/promotion.yml
    revision: "{{ pushed.revision }}"
    images: "{{ pushed.images }}"
  delegate_to: localhost
"""

RETURN = r"""
revision:
  description:
    - The commit that the manifest should name as C(source.revision). That is O(revision), or the commit of all
      images, or the latest one among theirs.
  returned: success
  type: str
images:
  description: For each module its image by digest, its revision (null for an image of others), and the tag.
  returned: success
  type: dict
violations:
  description: Every fault of the manifest or of the images.
  returned: failure
  type: list
  elements: dict
"""
