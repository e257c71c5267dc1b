# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A compose file as data with places: what Compose's YAML has beyond a manifest's is let pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Path, Positions
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import Reader, bounded_root, place_of

# https://github.com/compose-spec/compose-spec/blob/main/13-merge.md: reset value, replace value
_RESET, _OVERRIDE = "!reset", "!override"
_NULL = "tag:yaml.org,2002:null"
_GONE = object()  # stands for a value that is tagged !reset until its key is left out


@dataclass(frozen=True)
class ComposeSource:
    """What a compose file says: scalars are text, or None for null. `replaced` has the paths of both tags."""

    data: Any
    positions: Positions
    replaced: frozenset[Path]


def parse_compose(content: bytes, name: str) -> ComposeSource:
    """Read one compose file. Raises `InvalidInput`: not UTF-8, not YAML, duplicate keys, too big to expand."""
    _text, root = bounded_root(content, name)
    reader = _ComposeReader(name)
    data = reader.read(root, ())
    if reader.findings.violations:
        raise InvalidInput(reader.findings.violations, name)
    return ComposeSource(data, reader.positions, frozenset(reader.replaced))


class _ComposeReader(Reader):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.replaced: set[Path] = set()

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.positions.setdefault(path, place_of(node))
        if node.tag in (_RESET, _OVERRIDE):
            self.replaced.add(path)
        if node.tag == _RESET:
            return _GONE
        if isinstance(node, yaml.MappingNode):
            return {key: value for key, value in self.mapping(node, path).items() if value is not _GONE}
        if isinstance(node, yaml.SequenceNode):
            items = [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
            return [item for item in items if item is not _GONE]
        return None if node.tag == _NULL else node.value

    def key(self, node: yaml.Node, path: Path) -> str | None:
        """A key is text, whatever YAML 1.1 takes it for: Compose reads YAML 1.2, where `on` is a word."""
        return str(node.value) if isinstance(node, yaml.ScalarNode) else super().key(node, path)
