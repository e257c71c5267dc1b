# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The header WWW-Authenticate (RFC 9110, 11.6.1) and the token that registries ask for (pure).

Source of the token: github.com/distribution/distribution, docs/content/spec/auth/token.md.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Dict, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from .model import Challenge, Login

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_SCHEME = re.compile(rf"({_TOKEN})(?:[ \t]+|$|(?=,))")
_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)")
_SEPARATORS = re.compile(r"[ \t,]*")


def challenges(headers: Sequence[str]) -> Tuple[Challenge, ...]:
    """Return what the values of WWW-Authenticate offer, in their order. What can't be read ends the list."""
    return tuple(one for header in headers for one in _challenges(header))


def _challenges(header: str) -> List[Challenge]:
    found: List[Challenge] = []
    position = _after(_SEPARATORS, header, 0)
    while position < len(header):
        scheme = _SCHEME.match(header, position)
        if scheme is None:
            break
        parameters, position = _parameters(header, scheme.end())
        found.append(Challenge(scheme.group(1).lower(), parameters))
    return found


def _parameters(header: str, position: int) -> Tuple[Mapping[str, str], int]:
    """Return the parameters of one challenge, and where the next one begins."""
    parameters: Dict[str, str] = {}
    match = _PARAMETER.match(header, position)
    if match is None:
        position = _after(_TOKEN68, header, position)
    while match is not None:
        name, quoted, plain = match.groups()
        parameters.setdefault(name.lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = _after(_SEPARATORS, header, match.end())
        match = _PARAMETER.match(header, position)
    return parameters, _after(_SEPARATORS, header, position)


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return position if match is None else match.end()


def offered(known: Sequence[Challenge], scheme: str) -> Optional[Challenge]:
    """Return the first challenge of a scheme, None when there is none."""
    return next((one for one in known if one.scheme == scheme), None)


def basic(login: Login) -> str:
    """Return the value of Authorization for a user and password (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{login.username}:{login.password}".encode()).decode("ascii")


def token_url(bearer: Challenge, path: str, login: Optional[Login]) -> str:
    """Return the address that gives a token to pull the repository `path`."""
    parts = urlsplit(bearer.parameters.get("realm", ""))
    query = [("service", bearer.parameters["service"])] if "service" in bearer.parameters else []
    query.append(("scope", bearer.parameters.get("scope") or f"repository:{path}:pull"))
    query += [("account", login.username)] if login else []
    return urlunsplit(parts._replace(query="&".join([*([parts.query] if parts.query else []), urlencode(query)])))


def token_of(answer: bytes) -> Optional[str]:
    """Return the token in the answer of a token service, None when there is none."""
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    token = (data.get("token") or data.get("access_token")) if isinstance(data, dict) else None
    return token if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token) else None
