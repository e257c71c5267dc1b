# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the commands of migrations, each in a container of its own, and journals them before and after.

The container is not removed before its end is journalled: the engine remembers the exit code for a worker that died.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Tuple

from .._engine.process import last_lines
from .._errors import CommandFailed, CouldNotCheck, NotVerified
from .._manifest.model import Migration
from . import plan
from .entries import BROKEN, DONE, MIGRATION, STARTED
from .findings import Result
from .host import Host
from .migrations import (
    ABSENT,
    APPLIED,
    FORWARD,
    FOUND,
    REVERSE,
    UNCERTAIN,
    UNKNOWN,
    can_be_told,
    container_name,
    ended,
    last_of,
    moved_by,
    open_command,
    standing,
    stays,
)
from .model import Failure
from .subject import Subject

LOG_LINES = 20
_CREATION_SECONDS = 5.0  # a Compose that has lost its worker may still be making the container
_PAUSE_SECONDS = 0.5
_CORRECT = "Correct the migration in its module, build it, and promote again."
_UNCLEAR = (
    "Look in the database. Then give the migration `applied`, a command that asks the database, or "
    "`idempotent: true` if its forward command may run again, and promote again."
)


@dataclass(frozen=True)
class Ending:
    """How a command ended: the word of the journal, the exit code if there is one, the last lines of its output."""

    state: str
    exit_code: Optional[int] = None
    log: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One migration, and the release whose image has its commands."""

    step: str
    migration: Migration
    subject: Subject

    @property
    def service(self) -> str:
        return self.subject.manifest.module(self.migration.module).service


class Migrator:
    """Moves the database of one run. `releases` are those that may have the commands, the likelier one first.

    Of several hosts that share a database one `leads`: it runs what the others wait for.
    """

    def __init__(self, host: Host, run: str, releases: Sequence[Optional[Subject]], leads: bool) -> None:
        self._host = host
        self._run = run
        self._releases = [one for one in releases if one is not None]
        self._leads = leads
        self._verbs = {
            plan.MIGRATE: self._migrate,
            plan.REVERSE: self._reverse,
            plan.UNMIGRATE: self._unmigrate,
            plan.UNREVERSE: self._unreverse,
        }

    def knows(self, step: str) -> bool:
        """Tell whether a step is about a migration."""
        return step.partition(" ")[0] in self._verbs

    def perform(self, step: str) -> Result:
        """Do a step. Raises domain errors for what the engine, Compose or the database do not tell."""
        verb, _space, name = step.partition(" ")
        return self._verbs[verb](self._task(step, name))

    def settle(self) -> None:
        """End what a worker that died has begun, of any migration, and journal how it ended.

        Compose takes an ended container of its `run` for an orphan (compose v2, isOrphaned): ask it before `up` and
        `down`. Raises domain errors, and OSError where the journal can't be written.
        """
        for subject in self._releases:
            for migration in subject.manifest.migrations:
                self._settle(Task("", migration, subject))

    def obstacle(self, step: str) -> Optional[Failure]:
        """Return the first migration of the release of which nobody can tell whether it is in the database."""
        entries = self._host.journal.entries()
        for subject in self._releases[:1]:
            for migration in subject.manifest.migrations:
                if not can_be_told(migration, standing(entries, migration.id)):
                    return _unclear(Task(step, migration, subject))
        return None

    def _task(self, step: str, name: str) -> Task:
        for subject in self._releases:
            for migration in subject.manifest.migrations:
                if migration.id == name:
                    return Task(step, migration, subject)
        raise NotVerified(f"No release at hand has the migration {name}")

    def _migrate(self, task: Task) -> Result:
        return self._bring(task, APPLIED) if self._leads else self._await(task)

    def _unmigrate(self, task: Task) -> Result:
        """Take away what this run has applied, and leave what works with the old release."""
        if task.migration.id not in moved_by(self._host.journal.entries(), self._run).forward:
            return Result()
        self._settle(task)
        why = stays(task.migration)
        return Result({"stays": why}) if why else self._bring(task, ABSENT, way_back=True)

    def _reverse(self, task: Task) -> Result:
        """Take away what only the release being left has; where nobody can tell, what works with the old one stays."""
        self._settle(task)
        why = stays(task.migration)
        known = standing(self._host.journal.entries(), task.migration.id)
        if why and not can_be_told(task.migration, known):
            return Result({"stays": f"it is not known whether it is in the database, and {why}"})
        try:
            return self._bring(task, ABSENT, way_back=True)
        except CouldNotCheck as error:
            if not why:
                raise
            return Result({"stays": f"{error.message}; {why}"})

    def _unreverse(self, task: Task) -> Result:
        moved = moved_by(self._host.journal.entries(), self._run).reverse
        return self._bring(task, APPLIED, way_back=True) if task.migration.id in moved else Result()

    def _bring(self, task: Task, wanted: str, way_back: bool = False) -> Result:
        """Run what makes the database as `wanted`, unless it is so already."""
        self._settle(task)
        found, command = self._found(task, way_back), FORWARD if wanted == APPLIED else REVERSE
        if found == UNCERTAIN and not task.migration.idempotent:
            return Result(failure=_unclear(task))
        if found == UNCERTAIN:
            again = self._execute(task, FORWARD)
            if again.failure is not None or wanted == APPLIED:
                return again
        if found == wanted:
            self._note(task, command, Ending(FOUND))
            return Result({"migration": f"it was {wanted} already, and nothing was run"})
        return self._execute(task, command)

    def _await(self, task: Task) -> Result:
        """Wait until another host of the run has migrated the database that all share."""
        if not task.migration.applied:  # staged by a run of this host alone, which validation asked for no query
            return Result(failure=_unasked(task))
        clock, limit = self._host.clock, task.migration.timeout_seconds
        end = clock.monotonic() + limit
        while self._asked(task) != APPLIED:
            if clock.monotonic() > end:
                found, wanted = f"not in the database after {limit:g} s", "applied by the first host of the run"
                message = f"the migration {task.migration.id} was not applied by the host that runs it"
                remedy = "See that all hosts use the same database, then promote again."
                return Result(failure=Failure(task.step, message, task.migration.module, "", found, wanted, remedy))
            clock.sleep(_PAUSE_SECONDS)
        self._note(task, FORWARD, Ending(FOUND))
        return Result({"migration": "another host of the run has applied it"})

    def _found(self, task: Task, way_back: bool = False) -> str:
        """Say how the database is. On a `way_back` a query that cannot tell leaves the word to the journal, which knows
        what was applied; that it is absent, it knows of this run only: another host may have applied it since."""
        entries = self._host.journal.entries()
        known, last = standing(entries, task.migration.id), last_of(entries, task.migration.id)
        if not task.migration.applied:
            return known
        try:
            return self._asked(task)
        except CouldNotCheck:
            ours = last is not None and last.run == self._run
            if way_back and (known == APPLIED or (known == ABSENT and ours)):
                return known
            raise

    def _asked(self, task: Task) -> str:
        """Let the module's own query say whether the migration is in the database. Raises CouldNotCheck."""
        name = f"{container_name(task.subject.manifest.project, self._host.journal.entries()[-1].seq)}-query"
        ending = self._contained(task, task.migration.applied, name)
        if ending.exit_code not in (0, 1):
            said = "; ".join(last_lines("\n".join(ending.log), 3)) or "nothing"
            message = f"it could not be told whether the migration {task.migration.id} is in the database: its query "
            message += f"ended with {_exit(ending)}, and wrote: {said}"
            raise CouldNotCheck(
                message, "The query ends with 0 for yes and 1 for no. See that it reaches the database."
            )
        return APPLIED if ending.exit_code == 0 else ABSENT

    def _execute(self, task: Task, command: str) -> Result:
        """Run a command, with its beginning and its end in the journal."""
        began, seq = self._host.clock.monotonic(), self._note(task, command, Ending(STARTED))
        argv = task.migration.forward if command == FORWARD else task.migration.reverse
        name = container_name(task.subject.manifest.project, seq)
        ending = self._contained(task, argv, name, lambda ending: self._note(task, command, ending))
        observed = {
            "command": list(argv),
            "release": task.subject.release.id,
            "exit_code": ending.exit_code,
            "seconds": round(self._host.clock.monotonic() - began, 3),
        }
        return Result(observed, _failure(task, command, ending))

    def _contained(
        self, task: Task, argv: Sequence[str], name: str, note: Callable[[Ending], object] = lambda ending: None
    ) -> Ending:
        """Run a command in a container and remove that when `note` has kept how it ended."""
        refusal = ""
        try:
            self._host.compose(task.subject.release).start(task.service, argv, name)
        except CommandFailed as error:
            refusal = error.message
        ending = self._ending(name, task.migration.timeout_seconds, refusal)
        note(ending)
        self._host.engine.remove_container(name, with_volumes=True)
        return ending

    def _settle(self, task: Task) -> None:
        """End what a worker that died has begun: the engine tells how its container ended."""
        begun = open_command(self._host.journal.entries(), task.migration.id)
        if begun is None:
            return
        name = container_name(task.subject.manifest.project, begun.seq)
        end = self._host.clock.monotonic() + _CREATION_SECONDS
        while self._host.engine.container(name) is None and self._host.clock.monotonic() < end:
            self._host.clock.sleep(_PAUSE_SECONDS)
        self._note(task, str(begun.fields.get("command")), self._ending(name, task.migration.timeout_seconds))
        self._host.engine.remove_container(name, with_volumes=True)

    def _ending(self, name: str, limit: float, refusal: str = "") -> Ending:
        """Wait for the end of a container; one that takes longer than `limit` seconds is ended.

        `refusal` is why Compose could not start it, if so.
        """
        engine = self._host.engine
        found = engine.container(name)
        if found is None:
            return Ending(BROKEN, log=(refusal,)) if refusal else Ending(UNKNOWN)
        if found.state == "created":
            engine.remove_container(name, with_volumes=True)  # so that nobody starts it any more
            return Ending(BROKEN, log=(refusal,))
        exit_code = engine.wait(name, limit)
        log = engine.logs(name, LOG_LINES)
        if exit_code is None:
            engine.remove_container(name, with_volumes=True)
        return Ending(ended(exit_code), exit_code, log)

    def _note(self, task: Task, command: str, ending: Ending) -> int:
        fields = {"migration": task.migration.id, "command": command, "release": task.subject.release.id}
        entry = self._host.journal.append(
            self._run, MIGRATION, state=ending.state, exit_code=ending.exit_code, **fields
        )
        return entry.seq


def _failure(task: Task, command: str, ending: Ending) -> Optional[Failure]:
    if ending.state == DONE:
        return None
    message = f"the {command} command of the migration {task.migration.id} failed"
    return Failure(task.step, message, task.migration.module, "", _exit(ending), "exit code 0", _CORRECT, ending.log)


def _exit(ending: Ending) -> str:
    if ending.exit_code is not None:
        return f"exit code {ending.exit_code}"
    return "no end within its time limit: it was ended" if ending.state == UNKNOWN else "a container that did not start"


def _unasked(task: Task) -> Failure:
    return Failure(
        task.step,
        f"another host of the run applies the migration {task.migration.id}, and this one cannot ask when it is there",
        task.migration.module,
        found="no query",
        wanted="a command that asks the database",
        remedy="Give the migration `applied`: exit code 0 when it is there, 1 when it is not. Then promote again.",
    )


def _unclear(task: Task) -> Failure:
    return Failure(
        task.step,
        f"it is not known whether the migration {task.migration.id} is in the database: a command of it was begun, and "
        "the journal has no end of it",
        task.migration.module,
        found="no answer",
        wanted="a way to find out",
        remedy=_UNCLEAR,
    )
