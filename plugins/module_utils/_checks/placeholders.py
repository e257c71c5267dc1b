# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`${capture:NAME}` and `${secret:NAME}` in paths, headers, bodies and arguments (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Mapping
from urllib.parse import quote

from .._errors import CouldNotCheck

_PLACEHOLDER = re.compile(r"\$\{(capture|secret):([^}]*)\}")
_KINDS = {"capture": "captured value", "secret": "secret"}


@dataclass(frozen=True)
class Values:
    """What placeholders stand for: captured values and secrets, by name."""

    captures: Mapping[str, str]
    secrets: Mapping[str, str]

    def expand(self, text: str) -> str:
        """The text with its placeholders replaced; CouldNotCheck names one that nothing stands for.

        What is put in is not looked at again: a value that reads like a placeholder stays as it is.
        """
        return _PLACEHOLDER.sub(lambda match: self._value(match.group(1), match.group(2)), text)

    def expand_path(self, text: str) -> str:
        """As `expand`, with every value percent-encoded: it stays one segment or one parameter."""
        return _PLACEHOLDER.sub(lambda match: quote(self._value(match.group(1), match.group(2)), safe=""), text)

    def expand_all(self, texts: Mapping[str, str]) -> Dict[str, str]:
        return {name: self.expand(text) for name, text in texts.items()}

    def _value(self, kind: str, name: str) -> str:
        known = self.captures if kind == "capture" else self.secrets
        if name not in known:
            raise CouldNotCheck(f"no {_KINDS[kind]} is named {name!r}")
        return known[name]
