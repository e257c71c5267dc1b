# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipts that come after a run, and belong to none: the commit of a closed loop, and what people accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, InvalidReceipt
from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    Envelope,
    parse_envelope,
    parse_json,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import Closing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import CLOSING_PREDICATE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import closing_statement, statement_bytes
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import timestamp
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import introduction
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import Home, LedgerSettings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import GateKey


def committed(top: Path, path: str) -> tuple[str, bytes]:
    """Return the full commit that gave the file its content, and its bytes there; empty while it is not committed."""
    checkout = Checkout(str(top))
    if checkout.uncommitted(path):
        return "", b""
    done = checkout.ask("log", "-1", "--no-show-signature", "--format=%H", "HEAD", "--", f":(top,literal){path}")
    commit = done.output.strip()
    if done.returncode != 0 or not commit:
        return "", b""
    blob = checkout.ask("rev-parse", "--verify", "--quiet", f"{commit}:{path}").output.strip()
    return commit, checkout.blobs([blob])[blob]


def record_closing(settings: LedgerSettings, loop: str, top: Path, path: str, runs: Sequence[str]) -> dict[str, Any]:
    """Append a receipt that names the commit of a closed loop, unless there is one; return `commit` and `receipt`.

    Both are empty while the file is not committed. Raises `Refused` without a gate key.
    """
    commit, content = committed(top, path)
    if not commit:
        return {"commit": "", "receipt": ""}
    closing = Closing(loop, path, sha256_digest(content), commit, tuple(runs), timestamp())
    statement = closing_statement(closing)
    told = statement["predicate"]
    same = ("loop", "path", "file", "commit")
    home = open_home(settings)
    for digest, _envelope, said in later_receipts(home.snapshot().data.split(b"\n")[:-1], CLOSING_PREDICATE):
        if all(said[name] == told[name] for name in same):
            return {"commit": commit, "receipt": digest}
    return {"commit": commit, "receipt": append_later(settings, home, statement, GateKey.sign_envelope)}


def append_later(
    settings: LedgerSettings, home: Home, statement: Mapping[str, Any], sign: Callable[[GateKey, bytes], Envelope]
) -> str:
    """Append a statement that the gate signs, and return the digest of its line.

    `sign` makes the envelope of its bytes. Raises `InvalidInput` for a faulty one, and `Refused` without a gate key.
    """
    faults = check_statement(statement, "the receipt")
    if faults:
        raise InvalidInput(faults, "The receipt")
    key = GateKey.load(settings.gate_key_text())
    receipts = home.append([*introduction(home.snapshot(), key), sign(key, statement_bytes(statement))])
    return receipts[-1].digest


def later_receipts(lines: Sequence[bytes], predicate_type: str) -> Iterator[tuple[str, Envelope, Mapping[str, Any]]]:
    """Yield digest, envelope and predicate of the receipts of a type. Whether they hold is for verification."""
    for line in lines:
        try:
            envelope = parse_envelope(line)
            statement = parse_json(envelope.payload)
        except InvalidReceipt:
            continue
        if statement.get("predicateType") == predicate_type:
            yield sha256_digest(line), envelope, statement["predicate"]
