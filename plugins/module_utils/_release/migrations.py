# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which migrations a change runs, and what the journal says of them (pure).

Each command is journalled before it runs and after it has ended, as `migration` entries: the id, the command
(forward, reverse), the state, the release whose image ran it, and its exit code.
"""

from __future__ import annotations

from typing import Dict, Optional, Sequence, Tuple

from .._manifest.model import IRREVERSIBLE, REVERSIBLE, Manifest, Migration
from .entries import BROKEN, DONE, MIGRATION, STARTED, Entry
from .plan import BOTH, Moves

FORWARD, REVERSE = BOTH
_NO_WAY = "and nothing takes it back"
UNKNOWN = "unknown"  # it was ended from outside: what it has done is not known
FOUND = "found"  # it was not run: the database is that way already
APPLIED, ABSENT, UNCERTAIN = "applied", "absent", "uncertain"

_STANDINGS = {
    (FORWARD, DONE): APPLIED,
    (FORWARD, FOUND): APPLIED,
    (FORWARD, BROKEN): ABSENT,
    (REVERSE, DONE): ABSENT,
    (REVERSE, FOUND): ABSENT,
    (REVERSE, BROKEN): APPLIED,
}


def standing(entries: Sequence[Entry], name: str) -> str:
    """Say what the journal knows of a migration: APPLIED, ABSENT, or UNCERTAIN after a command without an end.

    A command that failed by itself has changed nothing: the manifest's reference asks for that. So what was uncertain
    before it is so after it.
    """
    known = ended_before = ABSENT
    for one in entries:
        if one.event != MIGRATION or one.fields.get("migration") != name:
            continue
        state = str(one.fields.get("state"))
        known = _STANDINGS.get((str(one.fields.get("command")), state), UNCERTAIN)
        known = UNCERTAIN if state == BROKEN and ended_before == UNCERTAIN else known
        ended_before = ended_before if state == STARTED else known
    return known


def last_of(entries: Sequence[Entry], name: str) -> Optional[Entry]:
    """Return the last entry of a migration, of whatever run."""
    own = (one for one in reversed(entries) if one.event == MIGRATION and one.fields.get("migration") == name)
    return next(own, None)


def open_command(entries: Sequence[Entry], name: str) -> Optional[Entry]:
    """Return the entry of a command that was begun and has no end in the journal."""
    last = last_of(entries, name)
    return last if last is not None and last.fields.get("state") == STARTED else None


def ended(exit_code: Optional[int]) -> str:
    """Say how a command ended by its exit code: DONE, BROKEN by itself, or UNKNOWN.

    128 and more are signals and the engine's own (255 after it has lost a container); None stands for no end in time.
    """
    if exit_code is None or exit_code >= 128:
        return UNKNOWN
    return DONE if exit_code == 0 else BROKEN


def container_name(project: str, seq: int) -> str:
    """Return the name of the container that runs the command which the journal's entry `seq` has begun."""
    return f"{project}-migration-{seq}"


def can_be_told(migration: Migration, known: str) -> bool:
    """Tell whether it can be found out how the database is, or does not matter, with what the journal knows."""
    return bool(migration.applied) or migration.idempotent or known != UNCERTAIN


def moved_by(entries: Sequence[Entry], run: str) -> Moves:
    """Return the migrations that a run has moved, or has begun to, in its order."""
    first: Dict[str, str] = {}
    for one in entries:
        if one.event == MIGRATION and one.run == run and one.fields.get("state") == STARTED:
            first.setdefault(str(one.fields.get("migration")), str(one.fields.get("command")))
    return Moves(*(tuple(name for name, word in first.items() if word == command) for command in (FORWARD, REVERSE)))


def moves(entries: Sequence[Entry], before: Optional[Manifest], target: Manifest, reversing: bool) -> Moves:
    """Return what a change from one release to another moves.

    Forward go the target's migrations: those that ask the database always, the others unless the journal knows them
    applied. With `reversing` those that only the release being left names are taken away, the last first, if they
    have a command for that.
    """
    wanted = {one.id for one in target.migrations}
    left = [one for one in (before.migrations if before else ()) if one.id not in wanted and one.reverse]
    there = [one for one in left if one.applied or standing(entries, one.id) != ABSENT]
    return Moves(
        forward=tuple(one.id for one in target.migrations if one.applied or standing(entries, one.id) != APPLIED),
        reverse=tuple(one.id for one in reversed(there)) if reversing else (),
    )


def stays(migration: Migration) -> str:
    """Say why an automatic way back leaves a migration in the database; empty when it takes it away."""
    if migration.kind == REVERSIBLE:
        return ""
    if migration.kind == IRREVERSIBLE:
        return "it is irreversible"
    return "it works with the old release, too"


def announced(
    entries: Sequence[Entry], before: Optional[Manifest], target: Manifest, reversing: bool
) -> Tuple[str, ...]:
    """Say for a person which commands a change would run, and which migrations a rollback leaves in the database."""
    planned = moves(entries, before, target, reversing)
    known = {one.id: one for one in (*(before.migrations if before else ()), *target.migrations)}
    wanted = {one.id for one in target.migrations}
    left = [one for one in (before.migrations if before else ()) if one.id not in wanted and not one.reverse]
    forward = [(known[name], known[name].forward, APPLIED) for name in planned.forward]
    backward = [(known[name], known[name].reverse, ABSENT) for name in planned.reverse]
    words = [
        f"the migration {one.id} would be run in {one.module}: {' '.join(argv)}"
        + (f", unless its query finds it {state}" if one.applied else "")
        + (f", {_NO_WAY}: no rollback goes to a release without it" if one.kind == IRREVERSIBLE else "")
        for one, argv, state in (*forward, *backward)
    ]
    stay = [f"the migration {one.id} would stay: it has no command that takes it away" for one in left if reversing]
    return (*words, *stay)


def cutting_off(entries: Sequence[Entry], release: Manifest, earlier: Optional[Manifest]) -> Tuple[str, ...]:
    """Return the migrations of a release that nothing takes back, that `earlier` has not, and that the journal does
    not know absent: so there is no way back to it.
    """
    known = {one.id for one in earlier.migrations} if earlier else set()
    names = (name for name in release.irreversible if name not in known)
    return tuple(name for name in names if standing(entries, name) != ABSENT)


def barred(names: Sequence[str]) -> str:
    """Say why no rollback goes to a release that migrations have cut off."""
    return f"it lacks the migration {', '.join(names)}, {_NO_WAY}"


def not_undone(names: Sequence[str], live: Optional[str], proven: bool) -> Tuple[str, ...]:
    """Say what a way back has left in the database, and whether the release that is `live` again was `proven` on it."""
    if not names:
        return ()
    told = "its checks passed" if proven else "it is not known whether it can"
    serving = f"; {live} serves on the migrated data: {told}" if live else ""
    return (f"NOT undone: the migration {', '.join(names)} is or may be in the database, {_NO_WAY}{serving}",)
