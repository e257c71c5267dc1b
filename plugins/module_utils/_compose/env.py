# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The env file of a release: values quoted so that Compose gives back every byte (pure).

The format is that of compose-go's dotenv parser. Single quotes keep everything as it is, in every version;
what they cannot hold (a single quote, a backslash at the end) goes into double quotes with `\\`, `"` and `$`
escaped. https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Optional, Tuple

from .._errors import InvalidInput, Violation

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RESERVED = ("PATH", "HOME")
_RESERVED_PREFIXES = ("DOCKER_", "COMPOSE_")
_ESCAPES: Tuple[Tuple[str, str], ...] = (("\\", "\\\\"), ('"', '\\"'), ("$", "$$"))
_ESCAPED = re.compile(r'\\([\\"])|\$(\$)')
_REFUSED = {"\n": "a newline", "\r": "a carriage return", "\0": "a NUL byte"}
_SOURCE = "environment values"


def is_reserved(name: str) -> bool:
    """Whether the docker command itself reads this variable, so that no value may have its name."""
    return name in _RESERVED or name.startswith(_RESERVED_PREFIXES)


def render_env(values: Mapping[str, str]) -> str:
    """The env file of these values, by source name: one line each, sorted by name.

    Raises InvalidInput, with all faults and without any value, for names that Compose cannot interpolate or
    reads itself, and for values that no line can hold: newline, carriage return, NUL, text that isn't UTF-8.
    """
    faults = [fault for name in sorted(values) for fault in _faults(name, values[name])]
    if faults:
        raise InvalidInput(faults, "The environment file")
    return "".join(f"{name}={_quoted(values[name])}\n" for name in sorted(values))


def parse_env(text: str) -> Dict[str, str]:
    """The values of a file that `render_env` wrote; InvalidInput for a line that it would not write."""
    values: Dict[str, str] = {}
    faults: List[Violation] = []
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        name, equals, quoted = line.partition("=")
        value = _unquoted(quoted)
        if not equals or not _NAME.match(name) or value is None:
            wanted = "NAME='value', as it was staged"
            faults.append(Violation("environment file", "", "another form", wanted, line=number, column=1))
        else:
            values[name] = value
    if faults:
        raise InvalidInput(faults, "The environment file")
    return values


def _quoted(value: str) -> str:
    if "'" not in value and not value.endswith("\\"):
        return f"'{value}'"
    for plain, escaped in _ESCAPES:
        value = value.replace(plain, escaped)
    return f'"{value}"'


def _unquoted(quoted: str) -> Optional[str]:
    """The value of a quoted text, None for a text that `_quoted` never gives."""
    inner = quoted[1:-1]
    value = inner if quoted[:1] == "'" else _ESCAPED.sub(lambda match: match.group(1) or match.group(2), inner)
    return value if len(quoted) >= 2 and _quoted(value) == quoted else None


def _faults(name: str, value: str) -> List[Violation]:
    return [fault for fault in (_name_fault(name), _value_fault(name, value)) if fault is not None]


def _name_fault(name: str) -> Optional[Violation]:
    if not _NAME.match(name):
        wanted = "letters, digits and _, not beginning with a digit"
        return Violation(_SOURCE, name, "a name that Compose cannot interpolate", wanted, "rename it")
    if is_reserved(name):
        return Violation(
            _SOURCE,
            name,
            "a name that the docker command reads itself",
            "none of PATH, HOME, DOCKER_... and COMPOSE_...",
            f"give it another source in the manifest, such as `{name}: {{from: MODULE_{name}}}`",
        )
    return None


def _value_fault(name: str, value: str) -> Optional[Violation]:
    found = next((words for character, words in _REFUSED.items() if character in value), None)
    if found is None and not _is_unicode(value):
        found = "text that is not UTF-8"
    if found is None:
        return None
    remedy = "encode it, for example with base64, and let the module decode it"
    return Violation(_SOURCE, name, f"{found} in the value", "one line of text", remedy)


def _is_unicode(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
