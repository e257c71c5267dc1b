# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables that say how registries are asked, as data (pure)."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Mapping

from .._errors import InvalidInput, Violation
from .model import Access, Login
from .names import registry_name

LOGINS = "promotion_registry_logins"
INSECURE = "promotion_insecure_registries"
_REGISTRY = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?")
_REGISTRY_WANTED = "a registry as images name it: registry.example.com:5000"
_LOGIN_WANTED = "username and password, each a text"


def read_access(logins: Any, insecure: Any) -> Access:
    """Return what `promotion_registry_logins` and `promotion_insecure_registries` say; None stands for nothing.

    Raises `InvalidInput` with all faults of both. No fault shows a value of a login.
    """
    faults = [*_login_faults(logins), *_insecure_faults(insecure)]
    if faults:
        raise InvalidInput(faults, "The access to registries")
    known: Dict[str, Login] = {
        registry_name(str(registry)): Login(str(one["username"]), str(one["password"]))
        for registry, one in (logins or {}).items()
    }
    return Access(known, tuple(registry_name(str(one)) for one in insecure or ()))


def _login_faults(logins: Any) -> Iterator[Violation]:
    if logins is not None and not isinstance(logins, Mapping):
        yield Violation(LOGINS, "", _kind(logins), "a mapping of registries to username and password")
        return
    for registry, login in (logins or {}).items():
        if not _REGISTRY.fullmatch(str(registry)):
            yield Violation(LOGINS, "", f"the key {str(registry)!r}", _REGISTRY_WANTED)
        if not isinstance(login, Mapping):
            yield Violation(LOGINS, str(registry), _kind(login), _LOGIN_WANTED)
        elif set(login) != {"username", "password"}:
            keys = ", ".join(sorted(str(key) for key in login)) or "nothing"
            yield Violation(LOGINS, str(registry), f"the keys {keys}", _LOGIN_WANTED)
        else:
            yield from _text_faults(str(registry), login)


def _text_faults(registry: str, login: Mapping[str, Any]) -> Iterator[Violation]:
    for key, text in login.items():
        if not isinstance(text, str) or not text:
            yield Violation(LOGINS, f"{registry}.{key}", _kind(text), "a text, not empty", "quote it")
        elif key == "username" and ":" in text:  # RFC 7617, 2: it would end the name
            yield Violation(LOGINS, f"{registry}.{key}", "a colon", "a name without one")


def _insecure_faults(insecure: Any) -> List[Violation]:
    if insecure is not None and not isinstance(insecure, (list, tuple)):
        return [Violation(INSECURE, "", _kind(insecure), "a list of registries")]
    return [
        Violation(INSECURE, f"[{index}]", repr(str(one)), _REGISTRY_WANTED)
        for index, one in enumerate(insecure or ())
        if not _REGISTRY.fullmatch(str(one))
    ]


def _kind(value: Any) -> str:
    """Say what a value is without showing it."""
    if value is None or value == "":
        return "nothing"
    kinds = (
        (str, "a text"),
        (Mapping, "a mapping"),
        ((list, tuple), "a list"),
        (bool, "true or false"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")
