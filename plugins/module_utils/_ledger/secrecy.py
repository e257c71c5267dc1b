# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps secret values out of what is recorded (pure): the last look at the bytes before they are signed or written."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Iterator, List, Sequence, Set, Tuple

from .._checks.masking import Mask, written_forms
from .._errors import Refused
from .._schema.place import Path, dotted

SHORTEST = 4  # characters; a shorter value is a part of ordinary words
SHORTEST_WITHIN = 8  # characters; a shorter value is looked for as a word of its own
_SHORTEST_ENCODED = 6  # characters; shorter pieces of base64 are met by chance
_TOLD = 5  # places that a message names
# Digests and commits are full of short numbers and words: only what is long is looked for in them.
_DIGEST = re.compile("[a-f0-9]{40,}")
_LONG = 16

Place = Tuple[str, str]  # where it stands, and the text


def refuse_secrets(data: bytes, secrets: Sequence[str]) -> None:
    """Raise `Refused` when `data` (a statement, evidence.json, a rendering, a manifest) holds one of `secrets`.

    Each is looked for as it is and as JSON, URLs, HTML, base64 (also within a longer text) and hex write it. Values of
    less than `SHORTEST` characters are not looked for. The message names the places, in JSON by their path, and never
    the value.
    """
    words, parts = _needles(secrets)
    texts = _texts(data)
    if not _holds("\n".join(text for _place, text in texts), words, parts):
        return
    mask = Mask(words | parts)  # a key may be what is looked for
    found = [mask.text(place) for place, text in texts if _holds(text, words, parts)]
    if found:
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        remedy = "Take it out of there; if it is an ordinary word, give the secret a better value."
        raise Refused(f"A secret value stands in {', '.join(found[:_TOLD])}{more}, and nothing was recorded", remedy)


def _needles(secrets: Sequence[str]) -> Tuple[Set[str], Set[str]]:
    """What is looked for as a word of its own, and what is looked for within others."""
    known = {secret for secret in secrets if len(secret) >= SHORTEST}
    short = {secret for secret in known if len(secret) < SHORTEST_WITHIN}
    forms = {form for secret in known - short for form in written_forms(secret)}
    encoded = {form for secret in known for form in _encoded(secret) if len(form) >= _SHORTEST_ENCODED}
    return short, forms | encoded


def _encoded(secret: str) -> Iterator[str]:
    data = secret.encode("utf-8", "replace")
    yield data.hex()
    yield data.hex().upper()
    for offset in range(3):
        text = _within_base64(data, offset)
        yield text
        yield text.translate(str.maketrans("+/", "-_"))


def _within_base64(data: bytes, offset: int) -> str:
    """The characters that stand for `data`, and nothing else, where `offset` (of three) bytes come before it."""
    text = base64.b64encode(bytes(offset) + data).decode("ascii").rstrip("=")
    end = len(text) - (1 if (offset + len(data)) % 3 else 0)
    return text[(0, 2, 3)[offset] : end]


def _holds(text: str, words: Set[str], parts: Set[str]) -> bool:
    plain = _DIGEST.sub(" ", text)
    if any(part in plain or (len(part) >= _LONG and part in text) for part in parts):
        return True
    return any(word in plain and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) for word in words)


def _texts(data: bytes) -> List[Place]:
    """Every text of a JSON document with its path; of anything else every line with its number."""
    text = data.decode("utf-8", "replace")
    try:
        return list(_values(json.loads(text), ()))
    except (ValueError, RecursionError):
        return [(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1)]


def _values(value: Any, path: Path) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"the keys of {dotted(path) or 'the document'}", key
            yield from _values(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, (*path, index))
    else:
        yield dotted(path) or "the document", value if isinstance(value, str) else json.dumps(value)
