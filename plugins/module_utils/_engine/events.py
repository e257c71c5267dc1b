# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bytes of `docker events --format '{{json .}}'` to deaths of containers and removals of volumes (pure)."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping, Optional, Tuple, TypeVar

from .model import Death
from .parse import SERVICE_LABEL

T = TypeVar("T")


def take_deaths(pending: bytes, chunk: bytes) -> Tuple[Tuple[Death, ...], bytes]:
    """Deaths told by the whole lines of `pending` + `chunk`, and the rest that is no whole line yet."""
    return _take(pending + chunk, _death)


def take_removals(pending: bytes, chunk: bytes) -> Tuple[Tuple[str, ...], bytes]:
    """The same for the names of volumes that were removed."""
    return _take(pending + chunk, _removal)


def _take(data: bytes, told: Callable[[Mapping[str, Any]], Optional[T]]) -> Tuple[Tuple[T, ...], bytes]:
    lines = data.split(b"\n")
    found = (told(_object(line)) for line in lines[:-1])
    return tuple(one for one in found if one is not None), lines[-1]


def _removal(event: Mapping[str, Any]) -> Optional[str]:
    if event.get("Type") != "volume" or event.get("Action") != "destroy":
        return None
    return str((event.get("Actor") or {}).get("ID") or "")


def _death(event: Mapping[str, Any]) -> Optional[Death]:
    if event.get("Type") != "container" or event.get("Action", event.get("status")) != "die":
        return None
    actor = event.get("Actor") or {}
    attributes = actor.get("Attributes") or {}
    nanoseconds = event.get("timeNano")
    return Death(
        service=attributes.get(SERVICE_LABEL, ""),
        container_id=actor.get("ID") or "",
        exit_code=int(attributes.get("exitCode") or 0),
        time=float(event.get("time") or 0) if nanoseconds is None else nanoseconds / 1e9,
    )


def _object(line: bytes) -> Mapping[str, Any]:
    """The JSON object of a line; an empty one for a line that is none, as the CLI writes warnings too."""
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
