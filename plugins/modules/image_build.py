# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_build
short_description: Builds and pushes the images of a manifest
version_added: "0.1.0"
description:
  - Builds every module of a promotion manifest that has a C(build), on the control node, and pushes it to the
    repository of its image.
  - With C(image_source=ssh) in the manifest nothing is pushed. The image stays in this engine, and its digest is
    that of the manifest that hosts are sent. With C(image_source=build) nothing is built here, only the revisions are
    told.
  - The build context is an archive of what is committed (C(git archive)). Nothing of the working tree gets into
    an image.
  - A module's revision is the commit that last changed its folder, so a commit that leaves a module alone leaves
    its image alone.
  - An image that the engine has from the same folder content, Dockerfile, arguments and revision is not built
    again.
  - Works with BuildKit (buildx) and with the classic builder. Builds run beside each other.
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
  repository_path:
    description:
      - A folder of the git checkout that holds the modules.
      - The folder of the manifest when it is left out.
    type: path
  revision:
    description:
      - The commit to build, or anything that names one.
      - With V(HEAD), a manifest whose C(source.revision) has the same modules keeps that revision, so that
        committing the pinned manifest asks for no further change.
    type: str
    default: HEAD
  registry:
    description: A registry (C(host:port)) in place of the one in the repositories of the manifest's images.
    type: str
  build_args:
    description:
      - Build arguments beside those of the manifest. They win.
      - Never secrets, an image keeps its build arguments.
    type: dict
    default: {}
  modules:
    description: The modules to build. All that have a C(build) when it is left out.
    type: list
    elements: str
requirements:
  - git and the docker command on the control node
"""

EXAMPLES = r"""
- name: Build and push what is committed
  mint.promotion.image_build:
    manifest: deploy/promotion.yml
  delegate_to: localhost
  register: build
"""

RETURN = r"""
revision:
  description: The commit that the manifest should name as C(source.revision).
  returned: success
  type: str
images:
  description: For each module its image by digest, its revision, the tag, and whether it was built and pushed.
  returned: success
  type: dict
missing:
  description: The tags of the images that would be built.
  returned: in check mode
  type: list
  elements: str
violations:
  description: Every fault of the manifest.
  returned: failure
  type: list
  elements: dict
"""
