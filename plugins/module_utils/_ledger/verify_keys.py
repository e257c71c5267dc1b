# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who signed a receipt, with keys that were valid at its place in the log (pure; the crypto is injected)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from .envelope import Envelope
from .sshsig import is_ssh_signature
from .trust import GATE, Crypto, Signed, TrustedKeys


@dataclass(frozen=True)
class Trust:
    """The keys that a verifier trusts, and the arithmetic that it checks signatures with."""

    keys: TrustedKeys
    crypto: Crypto


@dataclass(frozen=True)
class Checked:
    """The signatures of an envelope, as far as its place in the log does not matter."""

    signed: Tuple[Optional[Signed], ...]  # None: of a person, whose key is valid for a time
    envelope: Optional[Envelope] = None  # where such a one is among them


@dataclass(frozen=True)
class Signers:
    """Who signed: keyids of gate keys, names of people (each person once), and what is wrong with other signatures."""

    gate: Tuple[str, ...]
    people: Tuple[str, ...]
    faults: Tuple[str, ...]


class KeyHistory:
    """From where to where in the log each key is valid. It is told the key receipts in the order of the log."""

    def __init__(self) -> None:
        self._since: Dict[Tuple[str, str], int] = {}
        self._until: Dict[Tuple[str, str], int] = {}

    def record(self, index: int, predicate: Mapping[str, Any]) -> None:
        """Take in what the receipt at `index` says. The first receipt of a log is signed by the key it introduces."""
        role, keyid = predicate["role"], predicate["key"]["keyid"]
        if predicate["event"] == "revoked":
            self._until.setdefault((role, keyid), index)
            return
        self._since.setdefault((role, keyid), index if index else -1)
        if predicate["event"] == "rotated" and predicate["replaces"]:
            self._until.setdefault((role, predicate["replaces"]), index)

    def fault(self, role: str, keyid: str, index: int) -> str:
        """Say why a key is not valid for the receipt at `index`; empty when it is.

        A gate key needs a receipt that introduces it; the key of a person is in allowed_signers and needs none.
        """
        since, until = self._since.get((role, keyid)), self._until.get((role, keyid))
        if until is not None and index > until:
            return f"line {until + 1} has revoked or replaced it"
        if since is None:
            return "no receipt before this place introduces it" if role == GATE else ""
        return f"line {since + 1} introduces it only" if index <= since else ""

    def checkpoint_fault(self, keyid: str, size: int, beyond: bool = False) -> str:
        """Say why a gate key must not sign a checkpoint over `size` receipts; empty when it may.

        It may when it is valid for the last of them or for the next one: the receipt of a rotation comes between. One
        that reaches `beyond` the log may be signed by a key that the log does not know (yet).
        """
        if beyond and (GATE, keyid) not in self._since and (GATE, keyid) not in self._until:
            return ""
        return self.fault(GATE, keyid, size) and self.fault(GATE, keyid, size - 1) if size else ""


def check_signatures(envelope: Envelope, trust: Trust) -> Checked:
    """Check the signatures of the gate, which take the most time of a verification."""
    message = envelope.signed_bytes
    signed = tuple(
        None if is_ssh_signature(one.sig) else trust.keys.who_signed(message, one, trust.crypto)
        for one in envelope.signatures
    )
    return Checked(signed, envelope if None in signed else None)


def judge_signatures(checked: Checked, index: int, time: Optional[datetime], trust: Trust, keys: KeyHistory) -> Signers:
    """Say who signed the envelope at `index`.

    `time` is what valid-after and valid-before of allowed_signers are compared with.
    """
    gate: List[str] = []
    people: List[str] = []
    faults: List[str] = []
    for number, signed in enumerate(_signed(checked, time, trust), 1):
        fault = signed.fault or keys.fault(signed.role, signed.keyid, index)
        if fault:
            who = f" of {signed.principal}" if signed.principal else ""
            faults.append(f"signature {number}{who}, key {signed.keyid[:50] or 'unnamed'}: {fault}")
        else:
            found, name = (gate, signed.keyid) if signed.role == GATE else (people, signed.principal)
            if name not in found:
                found.append(name)
    return Signers(tuple(gate), tuple(people), tuple(faults))


def _signed(checked: Checked, time: Optional[datetime], trust: Trust) -> Iterator[Signed]:
    for number, signed in enumerate(checked.signed):
        if signed is None and checked.envelope is not None:
            envelope = checked.envelope
            signed = trust.keys.who_signed(envelope.signed_bytes, envelope.signatures[number], trust.crypto, time)
        if signed is not None:
            yield signed
