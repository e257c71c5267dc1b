# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Take over the receipts of another ledger, such as one that CI jobs write, once they are verified.

The lines come as they are, with the signatures that they have, so their gate keys must be among the trusted keys here.
What they are worth is judged at their place in this ledger: before they are appended, the whole of it is verified as it
would be afterwards. A gate key that this ledger does not know is introduced by a receipt of its own gate, just before.
"""

from __future__ import annotations

import os
from collections import ChainMap
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping, cast

from ansible_collections.mint.promotion.plugins.module_utils._data import encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import NotVerified, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.checkpoint import (
    Checkpoint,
    Note,
    checkpoint_body,
    format_note,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    envelope_line,
    parse_json,
    peek_payload,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.key_events import UNKNOWN, key_events, standing
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import Snapshot
from ansible_collections.mint.promotion.plugins.module_utils._ledger.render_gate import command_runs
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema import GATE_PREDICATE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.schema_trust import REVOKED
from ansible_collections.mint.promotion.plugins.module_utils._ledger.tree import hash_lines, root_of
from ansible_collections.mint.promotion.plugins.module_utils._ledger.trust import GATE
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdict_text import grouped
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verdicts import OK, LedgerVerdict, ReceiptVerdict
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import LedgerFiles, judge_ledger
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._home import Home, Receipt
from ansible_collections.mint.promotion.plugins.plugin_utils._key_receipts import introduction, introduction_of
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import LedgerSettings, open_home
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, GateKey, load_trusted_keys
from ansible_collections.mint.promotion.plugins.plugin_utils._spread import spread

SHOWN = 10  # reasons in a message
_OURS = "Correct what this ledger is made of, or take the receipts into a ledger of their own (promotion_receipts)."
_THEIRS = "Nothing was imported. Verify the source with verify.yml, and import once all of it is OK."

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Import:
    """What an import appends: lines after `size` receipts, and the files of runs."""

    size: int
    introduced: tuple[bytes, ...] = ()
    lines: tuple[bytes, ...] = ()
    sessions: Mapping[str, Files] = field(default_factory=dict)
    verdicts: tuple[ReceiptVerdict, ...] = ()  # on all these lines, at their places here


def source_settings(settings: LedgerSettings, source: str) -> LedgerSettings:
    """Return the settings to read the ledger in `source` by: a folder of receipts, or a git remote.

    Raises `Refused` for what is neither.
    """
    if os.path.isdir(os.path.join(os.path.expanduser(source), "ledger")):
        return replace(settings, receipts=os.path.abspath(os.path.expanduser(source)), ledger="")
    try:
        parse_remote(source)
    except ValueError:
        remedy = "Name the folder that CI kept as promotion_receipts, or a git remote as in promotion_ledger."
        raise Refused(f"{source} is no folder with a ledger in it, and no git remote.", remedy) from None
    return replace(settings, ledger=source)


def plan_import(settings: LedgerSettings, key: GateKey, source: str) -> Import:
    """Verify the ledger in `source` and work out what this one lacks of it. Nothing is written.

    Raises `NotVerified` with the reasons unless all of the source is OK, and would be here; `Refused` for runs that are
    here already in another form; `LedgerUnavailable`; `InvalidInput` for broken files of trusted keys.
    """
    trust = Trust(load_trusted_keys(settings.keys), CRYPTO)
    theirs, sessions = _verified(open_home(source_settings(settings, source)), trust)
    home = open_home(settings)
    snapshot = home.snapshot()
    ours = snapshot.data.split(b"\n")[:-1]
    here = set(ours)
    lines = tuple(line for line in theirs if line not in here)
    if not lines:
        return Import(len(ours))
    introduced = (*_own_introduction(snapshot, key, lines), *_introductions(ours, lines, key))
    beside = ChainMap(cast(Any, sessions), cast(Any, home.sessions()))
    would_be = _judged([*ours, *introduced, *lines], settings, key, beside, trust)
    new = would_be.receipts[len(ours) :]
    runs = {one.run_key for one in new if one.run_key}
    _refuse_taken(runs & {one.run_key for one in would_be.receipts[: len(ours)]}, home.place)
    if any(one.verdict != OK for one in new):
        raise _not_verified(f"Here, in {home.place}, what {source} holds would not be OK", (), new, _OURS)
    brought = {run_key: sessions[run_key] for run_key in sorted({*runs, *_commands(lines)}) if run_key in sessions}
    _refuse_taken(_different(brought, home.sessions()), home.place)
    return Import(len(ours), introduced, lines, brought, new)


def carry_out(plan: Import, home: Home) -> tuple[Receipt, ...]:
    """Append what is planned; return the places of all its lines. Raises `LedgerMoved` when the ledger has grown."""
    for run_key, files in plan.sessions.items():
        home.write_session(run_key, files)
    return home.append_lines((*plan.introduced, *plan.lines), after=plan.size)


def _verified(home: Home, trust: Trust) -> tuple[tuple[bytes, ...], Mapping[str, Files]]:
    """Return the lines of a ledger that is OK, and the files beside it.

    Whether its end was cut off together with its checkpoint does not matter here: what comes is whole runs, and the
    rest can come later. So its own checkpoint is anchor enough.
    """
    snapshot, sessions = home.snapshot(), home.sessions()
    if not snapshot.data:
        raise Refused(f"{home.place} holds no receipts.", "Name the ledger that CI has written.")
    note = snapshot.note.decode("utf-8", "replace")
    verdict = judge_ledger(LedgerFiles(snapshot.data, note, sessions, (Anchor("of the source", note),)), trust, spread)
    if verdict.verdict != OK:
        raise _not_verified(f"{home.place} is {verdict.verdict}", verdict.reasons, verdict.receipts, _THEIRS)
    return tuple(snapshot.data.split(b"\n")[:-1]), sessions


def _own_introduction(snapshot: Snapshot, key: GateKey, lines: Iterable[bytes]) -> tuple[bytes, ...]:
    """The receipt that a ledger begins with; one that is empty may begin with the same one of the source."""
    if not snapshot.data and standing(tuple(key_events(lines)), GATE, key.keyid) != UNKNOWN:
        return ()
    return tuple(envelope_line(one) for one in introduction(snapshot, key))


def _introductions(ours: Iterable[bytes], lines: Iterable[bytes], key: GateKey) -> tuple[bytes, ...]:
    """The receipts by which this gate introduces the one that began the source."""
    known = tuple(key_events(ours))
    first = next((event for event in key_events(lines) if event["role"] == GATE and event["event"] != REVOKED), None)
    if first is None or first["key"]["keyid"] == key.keyid or standing(known, GATE, first["key"]["keyid"]) != UNKNOWN:
        return ()
    return (envelope_line(introduction_of(key, str(first["key"]["public"]))),)


def _judged(
    lines: list[bytes], settings: LedgerSettings, key: GateKey, sessions: Mapping[str, Files], trust: Trust
) -> LedgerVerdict:
    """Verify a ledger as it would be, under a checkpoint that nobody else ever sees."""
    body = checkpoint_body(Checkpoint(settings.origin, len(lines), root_of(hash_lines(lines))))
    note = format_note(Note(body, (key.note_signer(settings.origin)(body.encode("utf-8")),)))
    log = b"".join(line + b"\n" for line in lines)
    return judge_ledger(
        LedgerFiles(log, note, sessions, (Anchor("of this ledger", note),), settings.origin), trust, spread
    )


def _commands(lines: Iterable[bytes]) -> Iterator[str]:
    """The run keys of the commands that gates ran, whose files lie in folders of their own."""
    for payload in map(peek_payload, lines):
        if GATE_PREDICATE.encode("ascii") in payload:
            yield from (str(run["runKey"]) for run in command_runs(parse_json(payload)))


def _different(brought: Mapping[str, Files], here: Mapping[str, Files]) -> set[str]:
    """The runs whose files are here already, and others."""
    kept = {run_key: here.get(run_key, {}) for run_key in brought}
    return {key for key, files in kept.items() if any(files[name] != brought[key].get(name) for name in files)}


def _refuse_taken(run_keys: Iterable[str], place: str) -> None:
    names = sorted(run_keys)
    if names:
        remedy = "Each run is recorded in one ledger, once. Keep the source as a ledger of its own."
        raise Refused(f"{place} has other records of the run {', '.join(names)}.", remedy)


def _not_verified(what: str, reasons: Iterable[str], receipts: Iterable[ReceiptVerdict], remedy: str) -> NotVerified:
    told = [*reasons, *(f"{where}: {why}" for where, _verdict, why in grouped(encode([*receipts])))]
    more = f"\n  and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return NotVerified(f"{what}:" + "".join(f"\n  {one}" for one in told[:SHOWN]) + more, remedy)
