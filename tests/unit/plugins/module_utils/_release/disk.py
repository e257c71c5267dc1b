# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A disk that forgets what was not synced: it replays recorded operations and shows what a power cut leaves.

The worst that POSIX allows: a name is there after its folder was synced, content after its file was. With `torn`,
half of the content that was not synced is there too, as after a write that was under way.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.mint.promotion.plugins.module_utils._release.files import Operation


@dataclass
class Node:
    """A file, a link or a folder: what it is now, and what of it is on the disk."""

    kind: str
    content: bytes = b""
    synced: bytes = b""
    entries: dict[str, Node] = field(default_factory=dict)
    durable: dict[str, Node] = field(default_factory=dict)


class Disk:
    """Operations below `root`, a folder that was there before."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = Node("folder")

    def replay(self, operation: Operation) -> None:
        getattr(self, "_" + operation.kind)(operation)

    def leave(self, target: Path, torn: bool) -> None:
        """Write what is left after a power cut to an empty folder."""
        _write(self._top, target, torn)

    def _place(self, path: str) -> tuple[dict[str, Node], str]:
        *parents, name = Path(path).relative_to(self._root).parts
        node = self._top
        for parent in parents:
            node = node.entries[parent]
        return node.entries, name

    def _node(self, path: str) -> Node:
        entries, name = self._place(path)
        return entries[name]

    def _put(self, path: str, node: Node) -> None:
        entries, name = self._place(path)
        entries[name] = node

    def _make_directory(self, operation: Operation) -> None:
        self._put(operation.path, Node("folder"))

    def _write(self, operation: Operation) -> None:
        self._put(operation.path, Node("file", operation.content))

    def _append(self, operation: Operation) -> None:
        self._node(operation.path).content += operation.content

    def _truncate(self, operation: Operation) -> None:
        node = self._node(operation.path)
        node.content = node.content[: operation.size]

    def _sync(self, operation: Operation) -> None:
        node = self._top if Path(operation.path) == self._root else self._node(operation.path)
        node.synced, node.durable = node.content, dict(node.entries)

    def _rename(self, operation: Operation) -> None:
        entries, name = self._place(operation.path)
        self._put(operation.target, entries.pop(name))

    def _link(self, operation: Operation) -> None:
        self._put(operation.target, self._node(operation.path))

    def _symlink(self, operation: Operation) -> None:
        self._put(operation.path, Node("link", operation.target.encode()))

    def _unlink(self, operation: Operation) -> None:
        entries, name = self._place(operation.path)
        del entries[name]

    _remove_tree = _unlink
    _remove_directory = _unlink


def _write(folder: Node, target: Path, torn: bool) -> None:
    for name, node in folder.durable.items():
        place = target / name
        if node.kind == "folder":
            place.mkdir()
            _write(node, place, torn)
        elif node.kind == "link":
            os.symlink(node.content, place)
        else:
            place.write_bytes(_left(node) if torn else node.synced)


def _left(node: Node) -> bytes:
    fresh = len(node.content) - len(node.synced)
    return node.content[: len(node.synced) + fresh // 2] if fresh > 0 else node.synced
