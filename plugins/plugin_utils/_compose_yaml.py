# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The compose file of a release as YAML text, for Compose and for people."""

from __future__ import annotations

from typing import Container

from ansible_collections.mint.promotion.plugins.module_utils._compose.render import compose_document
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_text import yaml_text

HEADER = "# Rendered by mint.promotion from the manifest of this release. Changes are found, and not kept.\n"


def compose_text(manifest: Manifest, sources: Container[str]) -> str:
    """The compose file of `manifest`, with the variables whose source is among `sources`.

    The same manifest gives the same bytes. Raises Refused for a manifest with a compose file of its own.
    """
    return HEADER + yaml_text(compose_document(manifest, sources))
