# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may sign: OpenSSH's allowed_signers, read so that each key stands for one person (pure).

Source: ssh-keygen(1), "ALLOWED SIGNERS". Three things that it allows are refused, because approvals count people and
are judged alike everywhere: principals that are patterns or lists, certificate authorities, and times without a zone.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Dict, List, Optional, Sequence, Tuple

from .._errors import InvalidInput, InvalidReceipt, Violation
from .sshsig import NAMESPACE, SshKey, parse_ssh_key

_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:=(?:"(?P<quoted>[^"]*)"|(?P<plain>[^",\s]*)))?')
_TIME = re.compile(r"[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?Z")
_TIME_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_REMEDY = "docs/receipts.md says what the file may hold"


@dataclass(frozen=True)
class AllowedSigner:
    """One line of allowed_signers: a person, one of their keys, what it may sign, and when (in UTC)."""

    principal: str
    key: SshKey
    namespaces: Optional[Tuple[str, ...]] = None  # patterns; None for every namespace
    valid_after: Optional[datetime] = None
    valid_before: Optional[datetime] = None

    def signs(self, namespace: str) -> bool:
        """Tell whether the key may sign in a namespace, as OpenSSH's match_pattern_list does."""
        if self.namespaces is None:
            return True
        refused = any(_matches(namespace, one[1:]) for one in self.namespaces if one.startswith("!"))
        return not refused and any(_matches(namespace, one) for one in self.namespaces if not one.startswith("!"))

    def is_valid(self, at: datetime) -> bool:
        """Tell whether the key may sign at a time; both ends belong to it, as in ssh-keygen."""
        return (self.valid_after is None or self.valid_after <= at) and (
            self.valid_before is None or at <= self.valid_before
        )


def parse_allowed_signers(text: str, source: str = "allowed_signers") -> Tuple[AllowedSigner, ...]:
    """Read the text of allowed_signers. Raises `InvalidInput` with all its faults."""
    signers: List[AllowedSigner] = []
    faults: List[Violation] = []
    owners: Dict[bytes, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            signer = _signer(line.strip())
            owner = owners.setdefault(signer.key.blob, signer.principal)
            if owner != signer.principal:
                raise _fault(f"the key of {owner} for {signer.principal} too", "one person a key")
            signers.append(signer)
        except InvalidInput as error:
            faults += (replace(one, source=source, line=number, column=1) for one in error.violations)
    if faults:
        raise InvalidInput(faults, "The list of allowed signers")
    return tuple(signers)


def signer_line(principal: str, key: SshKey) -> str:
    """Return the line that lets a key sign for us, without the newline."""
    blob = base64.b64encode(key.blob).decode("ascii")
    return f'{principal} namespaces="{NAMESPACE}" {key.type} {blob}'


def parse_public_key(text: str) -> SshKey:
    """Read the text of a .pub file: type, base64, comment. Raises `InvalidReceipt`."""
    words = text.split()
    if len(words) < 2:
        raise InvalidReceipt("no public key: its type and base64 are missing")
    return _key(words[0], words[1])


def is_principal(text: str) -> bool:
    """Tell whether this names one person: no blank, list or pattern."""
    return re.fullmatch(r"[^\s\"#,*?!]+", text) is not None


def _fault(found: str, wanted: str, remedy: str = _REMEDY) -> InvalidInput:
    """What is wrong with one line, whose place is told by whom has it."""
    return InvalidInput([Violation("", "", found, wanted, remedy)])


def _signer(line: str) -> AllowedSigner:
    principal, _blank, rest = line.replace("\t", " ").partition(" ")
    principal = principal.strip('"')
    if not is_principal(principal):
        found = f"the principal {principal[:80]!r}"
        raise _fault(found, "one name of one person, no list or pattern", "give each key a line with one name")
    options, words = _options(rest.strip())
    if len(words) < 2:
        raise _fault("a line without a key", "principal, options, key type, base64")
    try:
        key = _key(words[0], words[1])
    except InvalidReceipt as error:
        raise _fault(error.message, "a key that ssh-keygen makes")
    namespaces = options.get("namespaces")
    after, before = (_time(options[name]) if name in options else None for name in ("valid-after", "valid-before"))
    if after and before and after >= before:
        raise _fault("a key that is valid before it is valid", "valid-after before valid-before")
    patterns = None if namespaces is None else tuple(one for one in namespaces.split(",") if one)
    return AllowedSigner(principal, key, patterns, after, before)


def _options(text: str) -> Tuple[Dict[str, str], Sequence[str]]:
    """Split what follows the principal into options and the words of the key."""
    options: Dict[str, str] = {}
    words = text.split()
    if not words or words[0].startswith(("ssh-", "ecdsa-", "sk-")):
        return options, words
    at = 0
    while True:
        match = _OPTION.match(text, at)
        if match is None:
            raise _fault(f"the option {text[at : at + 40]!r}", "namespaces, valid-after, valid-before")
        name = match["name"].lower()
        _check_option(name, options)
        options[name] = match["quoted"] if match["quoted"] is not None else (match["plain"] or "")
        at = match.end()
        if text[at : at + 1] in ("", " "):
            return options, text[at:].split()
        if text[at] != ",":
            raise _fault(f"the option {text[match.start() : at + 40]!r}", "a value in quotes, or without any")
        at += 1


def _check_option(name: str, options: Dict[str, str]) -> None:
    if name == "cert-authority":
        raise _fault("cert-authority", "the keys themselves", "list the key of each person; certificates are not taken")
    if name not in ("namespaces", "valid-after", "valid-before"):
        raise _fault(f"the option {name}", "namespaces, valid-after, valid-before")
    if name in options:
        raise _fault(f"the option {name} twice", "each option once")


def _time(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    digits = text[:-1]
    try:
        if match is None:
            raise ValueError(text)
        return datetime.strptime(digits, _TIME_FORMATS[len(digits)]).replace(tzinfo=timezone.utc)
    except ValueError:
        wanted = "a time in UTC: YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ"
        raise _fault(f"the time {text[:40]!r}", wanted, "without the Z it would mean another time on each machine")


def _key(kind: str, text: str) -> SshKey:
    try:
        key = parse_ssh_key(base64.b64decode(text.encode("ascii"), validate=True))
    except (UnicodeError, binascii.Error):
        raise InvalidReceipt("a key that is no base64")
    if key.type != kind:
        raise InvalidReceipt(f"a key of type {key.type} that is written as {kind[:60]}")
    return key


def _matches(text: str, pattern: str) -> bool:
    """Match `*` and `?` as ssh_config(5), PATTERNS."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None
