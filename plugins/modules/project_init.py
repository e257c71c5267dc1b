# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: project_init
short_description: Writes the files of a new project
version_added: "0.1.0"
description:
  - Writes what a first promotion needs, on the control node. That is the manifest with its policy
    (C(deploy/promotion.yml)), an inventory with the groups C(staging) and C(prod) and their variables, an encrypted
    vault for the secrets of each, C(.vault-password) with a random password, C(ansible.cfg), and lines in
    C(.gitignore).
  - A file that is there already is never changed, apart from lines that C(.gitignore) lacks.
  - Digests and revisions in the manifest are zeros until build.yml or pin.yml pins them. The values of secrets are
    empty until somebody fills them in with C(ansible-vault edit); promotions refuse empty ones.
author:
  - the mint.promotion contributors (@mint)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: What is secret is not shown.
  platform:
    platforms: all
options:
  folder:
    description: The folder of the project, usually the root of the modules' repository. It is made when it is missing.
    type: path
    default: "."
  stack:
    description: The name of the stack. Required.
    type: str
  repository:
    description: The address of the git repository that the modules are built from. Required.
    type: str
  registry:
    description:
      - Where images are pushed to, perhaps with a path, as V(registry.example.com/team).
      - 'Without one, the manifest says C(image_source: build), and every host builds the images for itself.'
    type: str
  modules:
    description:
      - The modules, as text (V(web:8080 api:9000/healthz), name, port and perhaps the path of the health check), or
        as a mapping of names to mappings. Required.
      - A mapping may say C(port) (published and listened on), C(health_path) (V(/) by default), C(service),
        C(context) (the folder that the image is built from, the module's name by default), C(depends_on),
        C(networks) (external ones), C(values) (variables with their defaults) and C(secrets) (variables, or a
        mapping of variables to the names of their values).
    type: raw
  staging_hosts:
    description: The hosts of staging, as text or list, or as a mapping of hosts to their variables.
    type: raw
  prod_hosts:
    description: The hosts of prod, likewise.
    type: raw
  user:
    description: The user that hosts are reached as. V(root) by default.
    type: str
  become:
    description: Whether that user uses sudo, V(true) or V(false). True for users other than root by default.
    type: raw
  root:
    description: The folder of all stacks on the hosts. V(/opt) by default.
    type: str
  keep_receipts:
    description: Whether receipts are meant to get into git, V(true) or V(false). They are not by default.
    type: raw
"""

EXAMPLES = r"""
- name: Write the files of a new project
  mint.promotion.project_init:
    stack: shop
    repository: https://git.example.com/team/shop.git
    registry: registry.example.com/team
    modules:
      web: {port: 8080, health_path: /healthz, depends_on: [api]}
      api: {port: 9000, secrets: [DATABASE_URL], values: {LOG_LEVEL: info}}
    staging_hosts: staging1.example.com
    prod_hosts: [web1.example.com, web2.example.com]
    user: deploy
  delegate_to: localhost
"""

RETURN = r"""
folder:
  description: The folder of the project.
  returned: success
  type: str
written:
  description: The files that were not there before.
  returned: success
  type: list
  elements: str
kept:
  description: The files that were there already.
  returned: success
  type: list
  elements: str
violations:
  description: Everything that is missing among the answers or cannot be used.
  returned: failure
  type: list
  elements: dict
"""
