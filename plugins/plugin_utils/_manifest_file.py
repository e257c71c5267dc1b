# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The promotion manifest as a file on the control node."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Positions
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import read_yaml_file


@dataclass(frozen=True)
class LoadedManifest:
    """A valid manifest with the bytes that it was read from; `digest` is sha256:<64 hex> of them."""

    manifest: Manifest
    digest: str
    content: bytes
    positions: Positions


def load_manifest(path: str) -> LoadedManifest:
    """Read and validate the manifest file `path`. Raises `InvalidInput` with every fault it has."""
    source = read_yaml_file(path)
    manifest = validate(source.data, source.positions, path)
    return LoadedManifest(manifest, sha256_digest(source.content), source.content, source.positions)
