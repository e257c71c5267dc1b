# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hide secret values in what is said of an answer: servers echo what they were sent (pure)."""

from __future__ import annotations

import base64
import html
import json
from typing import Any, Iterable, Tuple
from urllib.parse import quote, quote_plus

MASK = "********"


class Mask:
    """Replaces secret values, also as JSON, URLs, HTML and base64 write them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in written_forms(secret)}
        self._forms = tuple(sorted(forms, key=len, reverse=True))  # a secret may be a part of another

    @property
    def longest(self) -> int:
        """How many characters the longest text has that is replaced."""
        return len(self._forms[0]) if self._forms else 0

    def text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value with every text in it masked, and numbers whose text is a secret."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return MASK if json.dumps(value) in self._forms else value


def written_forms(secret: str) -> Tuple[str, ...]:
    """How programs write a value: as it is, and as JSON, URLs, HTML and base64 do."""
    encoded = base64.b64encode(secret.encode("utf-8", "replace")).decode("ascii")
    return (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        html.escape(secret),
        encoded,
    )
