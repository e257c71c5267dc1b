# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare an answer with what a check expects, and say both in the same words (pure).

`found` and `wanted` name the same things in the same order, so that a person compares them part by part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .._manifest.model import CommandCheck, HttpExpectation
from .masking import Mask

EXCERPT_CHARACTERS = 200
VALUE_CHARACTERS = 120
_TEXT = {True: "text", False: "no text"}


@dataclass(frozen=True)
class HttpAnswer:
    """`body` is the text of the first bytes; `truncated` says that there were more."""

    status: int
    headers: Mapping[str, str]  # by lower-case name
    body: str
    truncated: bool = False


@dataclass(frozen=True)
class CommandAnswer:
    exit_code: int
    output: str


@dataclass(frozen=True)
class Comparison:
    passed: bool
    found: str
    wanted: str


@dataclass(frozen=True)
class _Part:
    """One thing that was compared. An empty `found` or `wanted` has no words of its own."""

    passed: bool
    found: str
    wanted: str


class _Missing:
    """Stands for a JSON value that is not there, which null is not."""


_MISSING = _Missing()


def compare_http(answer: HttpAnswer, expectation: HttpExpectation, mask: Mask) -> Comparison:
    """Compare status, headers, JSON values and texts. `mask` hides secret values in what is said."""
    parts = [_status(answer, expectation)]
    parts += [_header(name, value, answer, mask) for name, value in expectation.headers.items()]
    parts += _json_parts(answer, expectation.json, mask)
    parts += _text_parts(answer.body, expectation.contains, expectation.excludes, mask)
    parts += _body_of_error(answer, expectation, mask)
    return _comparison(parts)


def compare_command(answer: CommandAnswer, check: CommandCheck, mask: Mask) -> Comparison:
    """Compare exit code and texts of the output."""
    passed = answer.exit_code == check.exit_code
    parts = [_Part(passed, f"exit code {answer.exit_code}", f"exit code {check.exit_code}")]
    parts += _text_parts(answer.output, check.contains, check.excludes, mask)
    if not passed and not check.contains:
        parts.append(_Part(False, f"output {_excerpt(answer.output, mask)}", ""))
    return _comparison(parts)


def wanted_http(expectation: HttpExpectation, mask: Mask) -> str:
    """What is said to be wanted where there is no answer to compare."""
    return compare_http(HttpAnswer(0, {}, "null"), expectation, mask).wanted


def wanted_command(check: CommandCheck, mask: Mask) -> str:
    """What is said to be wanted where the command did not end."""
    return compare_command(CommandAnswer(check.exit_code, ""), check, mask).wanted


def captured(body: str, paths: Mapping[str, str]) -> Tuple[Dict[str, str], Tuple[str, ...]]:
    """The values that a check captures from a JSON body, and the paths that are not there.

    Texts are taken as they are, other scalars as JSON writes them; objects and lists count as missing.
    """
    data = _parsed(body)
    found = {name: json_value(data, path) for name, path in paths.items()}
    texts = {name: _text_of(value) for name, value in found.items()}
    missing = tuple(paths[name] for name, text in texts.items() if text is None)
    return {name: text for name, text in texts.items() if text is not None}, missing


def json_value(data: Any, path: str) -> Any:
    """The value at a dotted path (`items.0.name`: names of objects, indexes of lists).

    Gives a marker that equals nothing else where the path leads nowhere.
    """
    for key in path.split("."):
        if isinstance(data, dict) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return _MISSING
    return data


def _comparison(parts: Sequence[_Part]) -> Comparison:
    found = ", ".join(part.found for part in parts if part.found)
    wanted = ", ".join(part.wanted for part in parts if part.wanted)
    return Comparison(all(part.passed for part in parts), found, wanted)


def _status(answer: HttpAnswer, expectation: HttpExpectation) -> _Part:
    wanted = " or ".join(str(status) for status in expectation.status)
    return _Part(answer.status in expectation.status, f"status {answer.status}", f"status {wanted}")


def _header(name: str, wanted: str, answer: HttpAnswer, mask: Mask) -> _Part:
    found = answer.headers.get(name.lower())
    said = "absent" if found is None else _shown(found, mask)
    return _Part(found == wanted, f"header {name} {said}", f"header {name} {_shown(wanted, mask)}")


def _json_parts(answer: HttpAnswer, wanted: Mapping[str, Any], mask: Mask) -> List[_Part]:
    if not wanted:
        return []
    values = ", ".join(f"$.{path} = {_shown(value, mask)}" for path, value in wanted.items())
    if answer.truncated:
        return [_Part(False, "a body over the limit of what is read", values)]
    data = _parsed(answer.body)
    if data is _MISSING:
        return [_Part(False, f"no JSON: {_excerpt(answer.body, mask)}", values)]
    return [_json_part(path, json_value(data, path), value, mask) for path, value in wanted.items()]


def _json_part(path: str, found: Any, wanted: Any, mask: Mask) -> _Part:
    said = f"no $.{path}" if found is _MISSING else f"$.{path} = {_shown(found, mask)}"
    return _Part(_same(found, wanted), said, f"$.{path} = {_shown(wanted, mask)}")


def _same(found: Any, wanted: Any) -> bool:
    """Equal as JSON values: true is not 1 (Python takes them for equal), and 1 is 1.0."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, (list, tuple)):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, Mapping):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in found)
    return bool(found == wanted)


def _text_parts(text: str, contains: Sequence[str], excludes: Sequence[str], mask: Mask) -> List[_Part]:
    parts = [_text_part(one, text, True, mask) for one in contains]
    if not all(part.passed for part in parts):
        parts.append(_Part(False, f"in {_excerpt(text, mask)}", ""))
    return parts + [_text_part(one, text, False, mask) for one in excludes]


def _text_part(one: str, text: str, wanted: bool, mask: Mask) -> _Part:
    said, is_there = _shown(one, mask), one in text
    return _Part(is_there == wanted, f"{_TEXT[is_there]} {said}", f"{_TEXT[wanted]} {said}")


def _body_of_error(answer: HttpAnswer, expectation: HttpExpectation, mask: Mask) -> List[_Part]:
    """A wrong status is explained by its body where nothing else of the body is shown."""
    explained = expectation.json or expectation.contains or answer.status in expectation.status
    return [] if explained else [_Part(False, f"body {_excerpt(answer.body, mask)}", "")]


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _MISSING


def _text_of(value: Any) -> Optional[str]:
    if value is _MISSING or isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _shown(value: Any, mask: Mask) -> str:
    return _cut(json.dumps(mask.value(value), ensure_ascii=False), VALUE_CHARACTERS)


def _excerpt(text: str, mask: Mask) -> str:
    """A text as one line; masked before it is cut, so that no half of a secret is left."""
    return f"`{_cut(' '.join(mask.text(text).split()), EXCERPT_CHARACTERS)}`"


def _cut(text: str, length: int) -> str:
    """At most `length` characters, none of which moves a terminal's cursor."""
    printable = "".join(one if one.isprintable() else "\ufffd" for one in text[:length])
    return printable if len(text) <= length else printable + "…"
