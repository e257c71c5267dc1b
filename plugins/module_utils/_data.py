# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Frozen dataclasses to plain data and back, and the canonical JSON that digests are taken of."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import IO, Any, Mapping, Tuple, Type, TypeVar, Union, get_type_hints

T = TypeVar("T")
_NONE = type(None)


def encode(value: Any) -> Any:
    """Turn frozen dataclasses, tuples and mappings into dicts, lists and scalars, recursively."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    return value


def decode(cls: Type[T], data: Mapping[str, Any]) -> T:
    """Build the dataclass `cls` from what `encode` gave. Fields that are absent take their defaults.

    The data is ours (it was validated before it was encoded), so there is no error report here:
    data that does not fit raises `KeyError` or `TypeError`.
    """
    hints = get_type_hints(cls)
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: _decode_as(hints[name], item) for name, item in data.items() if name in known})


def _decode_as(hint: Any, item: Any) -> Any:
    if item is None:
        return None
    origin: Any = getattr(hint, "__origin__", None)
    arguments: Tuple[Any, ...] = getattr(hint, "__args__", ())
    if origin is Union:
        return _decode_as(next(one for one in arguments if one is not _NONE), item)
    if origin in (tuple, Tuple):
        return tuple(_decode_as(arguments[0], one) for one in item)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return decode(hint, item)
    if isinstance(item, Mapping) and len(arguments) == 2:
        return {key: _decode_as(arguments[1], one) for key, one in item.items()}
    return item


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no white space, of plain data or dataclasses."""
    text = json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def sha256_of(file: IO[bytes]) -> str:
    """Return the digest, as `sha256_digest` writes it, of what a file holds from where it stands to its end."""
    digest = hashlib.sha256()
    for chunk in iter(lambda: file.read(1024 * 1024), b""):
        digest.update(chunk)
    return "sha256:" + digest.hexdigest()


def sha256_digest(content: bytes) -> str:
    """Return `sha256:` and 64 hex digits, as OCI descriptors write it (image-spec, descriptor.md)."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
