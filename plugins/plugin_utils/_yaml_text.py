# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plain data as YAML text that every reader reads alike. The same data gives the same text."""

from __future__ import annotations

import re
from typing import Any

import yaml

# What every YAML reader takes for text. PyYAML reads YAML 1.1 and leaves text plain that YAML 1.2 reads as a
# number (1e3, 0o17); Compose reads 1.2. So all other text is quoted.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@:-]*[A-Za-z0-9_/-]\Z")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null"})


class _Dumper(yaml.SafeDumper):
    """Writes lists indented, no aliases, and quotes text that isn't plain beyond doubt."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = _PLAIN.match(value) is not None and value.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def yaml_text(data: Any) -> str:
    """Return dicts, lists and scalars as block YAML, in the order of their keys."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10000))
