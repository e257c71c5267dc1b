# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A YAML file as plain data with the place of every part.

The text is data: nothing in it is templated, executed or constructed beyond text, numbers, booleans, null,
lists and mappings. Size, depth and the number of nodes after the expansion of aliases are bounded before
anything is expanded.
"""

from __future__ import annotations

import math
import os
import stat
from dataclasses import dataclass, field
from typing import Any

import yaml

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import (
    Findings,
    Path,
    Span,
)

SIZE_LIMIT = 1024 * 1024  # bytes
NODE_LIMIT = 20_000  # with every alias expanded
DEPTH_LIMIT = 50

_TAG = "tag:yaml.org,2002:"  # https://yaml.org/type/
_MERGE = _TAG + "merge"
_SCALARS = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null"))


@dataclass(frozen=True)
class YamlSource:
    """What a file says. `positions` and `spans` are keyed by path; a key's place is where the key stands."""

    name: str
    content: bytes
    text: str
    data: Any
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    spans: dict[Path, Span] = field(default_factory=dict)


def read_yaml_file(path: str) -> YamlSource:
    """Read the YAML file `path`; raises `InvalidInput` when it cannot be read or is not plain YAML data."""
    return parse_yaml(read_bounded(path), path)


def read_bounded(path: str) -> bytes:
    """Return the bytes of the regular file `path`, at most `SIZE_LIMIT`; raises `InvalidInput`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, (error.strerror or "an error").lower()) from error
    try:
        _refuse_other_than_small_file(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(SIZE_LIMIT + 1)
    finally:
        os.close(descriptor)
    if len(content) > SIZE_LIMIT:  # it grew meanwhile
        raise _too_big(path, len(content))
    return content


def _refuse_other_than_small_file(path: str, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise _unreadable(path, "a folder" if stat.S_ISDIR(facts.st_mode) else "something else than a file")
    if facts.st_size > SIZE_LIMIT:
        raise _too_big(path, facts.st_size)


def parse_yaml(content: bytes, name: str) -> YamlSource:
    """Turn the bytes of one YAML document into plain data with places.

    Raises `InvalidInput`: not UTF-8, not YAML, more than one document, a tag or type beyond the core ones,
    duplicate keys, keys that are not text, aliases that recurse or explode.
    """
    text, root = bounded_root(content, name)
    reader = Reader(name)
    data = reader.read(root, ())
    if reader.findings.violations:
        raise InvalidInput(reader.findings.violations, name)
    return YamlSource(name, content, text, data, reader.positions, reader.spans)


def bounded_root(content: bytes, name: str) -> tuple[str, yaml.Node]:
    """Return the text of one YAML document and its root, which is safe to expand. Raises `InvalidInput`."""
    text = _decode(content, name)
    root = _compose(text, name)
    if root is None:
        raise InvalidInput([Violation(name, "", "an empty document", "a mapping", line=1, column=1)], name)
    _refuse_explosion(root, name)
    return text, root


def _unreadable(path: str, found: str) -> InvalidInput:
    return InvalidInput([Violation(path, "", found, "a readable file", "check the path and its mode")], path)


def _too_big(path: str, size: int) -> InvalidInput:
    found = f"{size} bytes or more"
    return InvalidInput([Violation(path, "", found, f"at most {SIZE_LIMIT} bytes")], path)


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        found = f"the byte 0x{content[error.start]:02x}, which is not UTF-8"
        fault = Violation(name, "", found, "UTF-8 text", "save the file as UTF-8", line, column)
        raise InvalidInput([fault], name) from error


def place_of(node: yaml.Node) -> tuple[int, int]:
    """Return line and column of a node, counted from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


class _OutOfBounds(yaml.MarkedYAMLError):
    pass


class _BoundedLoader(yaml.SafeLoader):
    """PyYAML's composer with a bound on depth, because it recurses, and on the number of nodes."""

    depth = 0
    nodes = 0

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        self.depth += 1
        self.nodes += 1
        if self.depth > DEPTH_LIMIT:
            raise self._out_of_bounds(f"more than {DEPTH_LIMIT} levels of nesting")
        if self.nodes > NODE_LIMIT:
            raise self._out_of_bounds(f"more than {NODE_LIMIT} parts")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _out_of_bounds(self, found: str) -> _OutOfBounds:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        return _OutOfBounds(problem=found, problem_mark=mark)


def _compose(text: str, name: str) -> yaml.Node | None:
    try:
        loader = _BoundedLoader(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        found, wanted = f"the character U+{ord(text[error.position]):04X}", "printable text"
        raise InvalidInput([Violation(name, "", found, wanted, "", *place)], name) from error
    except yaml.MarkedYAMLError as error:
        raise InvalidInput([_syntax_fault(error, name)], name) from error


def _syntax_fault(error: yaml.MarkedYAMLError, name: str) -> Violation:
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    if error.context == "expected a single document in the stream":
        return Violation(name, "", "a second document", "one document", "write one file each", *place)
    problem = (error.problem or "something that YAML does not allow").replace("\n", " ")
    if "'\\t'" in problem:
        problem = "a tab where YAML allows only spaces"
    if isinstance(error, _OutOfBounds):
        return Violation(name, "", problem, "a file of a usual size", "write less", *place)
    context = f" ({error.context.strip()})" if error.context else ""
    return Violation(name, "", f"{problem}{context}", "YAML", "correct the syntax at this place", *place)


def _refuse_explosion(root: yaml.Node, name: str) -> None:
    """Measure what expansion would make, without making it; refuse too much, too deep, or a recursion."""
    size, depth = _expanded(root, {}, set(), name)
    if size > NODE_LIMIT:
        count = str(size) if size < 10**9 else "more than a thousand million"
        found, wanted = f"aliases that expand to {count} parts", f"at most {NODE_LIMIT}"
        raise InvalidInput([Violation(name, "", found, wanted, "write less or use fewer aliases", 1, 1)], name)
    if depth > DEPTH_LIMIT:
        found, wanted = f"aliases that nest {depth} levels deep", f"at most {DEPTH_LIMIT}"
        raise InvalidInput([Violation(name, "", found, wanted, "use fewer aliases", 1, 1)], name)


def _expanded(node: yaml.Node, known: dict[int, tuple[int, int]], open_nodes: set[int], name: str) -> tuple[int, int]:
    """Return the number of nodes and the levels of `node` with its aliases expanded."""
    if id(node) in open_nodes:
        found = "an alias inside of what it stands for"
        raise InvalidInput([Violation(name, "", found, "data that ends", "", *place_of(node))], name)
    if id(node) not in known:
        open_nodes.add(id(node))
        inner = [_expanded(one, known, open_nodes, name) for one in _children(node)]
        known[id(node)] = (
            1 + sum(size for size, _depth in inner),
            1 + max((d for _s, d in inner), default=0),
        )
        open_nodes.discard(id(node))
    return known[id(node)]


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


class Reader:
    """Turns composed nodes into plain data and notes places and faults on the way."""

    def __init__(self, name: str) -> None:
        self.positions: dict[Path, tuple[int, int]] = {}
        self.spans: dict[Path, Span] = {}
        self.findings = Findings(name, self.positions)
        self._constructor = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.positions.setdefault(path, place_of(node))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            self.spans[path] = Span(node.start_mark.index, node.end_mark.index, node.style or "")
            return self._scalar(node, path)
        return self._refuse_tag(node, path)

    def _refuse_tag(self, node: yaml.Node, path: Path) -> None:
        if node.tag == _TAG + "timestamp":
            self.findings.report(path, f"the date {node.value}", "text", f'quote it: "{node.value}"')
            return
        tag = node.tag.replace(_TAG, "!!")
        self.findings.report(path, f"the tag {tag}", "plain data", "write text, a number, a list or a mapping")

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        try:
            value = self._constructor.construct_object(node)
        except (ValueError, KeyError, yaml.YAMLError):
            kind = node.tag.replace(_TAG, "")
            self.findings.report(path, f"{node.value[:40]!r}", f"a value of the type {kind}")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.findings.report(path, f"the number {node.value}", "a finite number")
        return value

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        self._fill(node, path, data, merged=False)
        return data

    def _fill(self, node: yaml.MappingNode, path: Path, data: dict[str, Any], merged: bool) -> None:
        """Add the keys of `node`, then what its merge keys bring; what is there already wins over those."""
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.key(key_node, path)
            if key is None or (merged and key in data):
                continue
            here, place = (*path, key), place_of(key_node)
            if key in data:
                first = f"the same key a second time (first in line {self.positions[here][0]})"
                self.findings.report_at(place, here, first, "each key once", "remove one of the two")
                continue
            self.positions[here] = place
            data[key] = self.read(value_node, here)
        for part in self._merged_parts(node, path):
            self._fill(part, path, data, merged=True)

    def _merged_parts(self, node: yaml.MappingNode, path: Path) -> list[yaml.MappingNode]:
        """Return what the merge keys of `node` name (`<<`, https://yaml.org/type/merge.html)."""
        values = [value for key, value in node.value if key.tag == _MERGE]
        parts = [
            part for value in values for part in (value.value if isinstance(value, yaml.SequenceNode) else [value])
        ]
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                wanted = "an alias of a mapping, or a list of them"
                self.findings.report_at(place_of(part), (*path, "<<"), "something else", wanted)
        return [part for part in parts if isinstance(part, yaml.MappingNode)]

    def key(self, node: yaml.Node, path: Path) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "str":
            return str(node.value)
        found = node.value if isinstance(node, yaml.ScalarNode) else "that is a list or mapping"
        self.findings.report_at(place_of(node), path, f"the key {found}", "text as key", "quote it")
        return None
