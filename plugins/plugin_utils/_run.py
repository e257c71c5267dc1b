# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run that this Ansible process carries out: what its actions tell each other, phase after phase.

It lies in Ansible's own temporary folder, which is made anew for each process, is shared by its workers and
is removed at the end. So no extra variable can set it, no tag can skip it, and nothing of it can be replayed.
"""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping

from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._data import decode, encode
from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    FAILED,
    GOOD_OUTCOMES,
    JUDGED,
    NO_CHANGE,
    NOT_STARTED,
    REFUSED,
    STAGED,
    HostReport,
)

CARRIED = "carried"
EVIDENCE = "evidence"
VERDICT = "verdict"
RECORDED = "recorded"  # what lies in the ledger before hosts are changed
CHECKPOINT = "checkpoint"  # what a host shall keep of the ledger once it is staged
ASKED = "asked"  # to stage: from here on the host may hold a lock of this run, whatever it answered
STAGE = "stage"
ACTIVATE = "activate"
TAKE_BACK = "take_back"
CLOSED = "closed"


class OnlyJudged(Refused):
    """Only the gates of the run were asked for: there is nothing left to do, and nothing went wrong."""


@dataclass(frozen=True)
class Event:
    """What one action saw. `host` is empty for what concerns the whole run."""

    kind: str
    host: str
    data: Mapping[str, Any]


class RunState:
    """The open run and what happened in it so far."""

    def __init__(self, run: Run, folder: Path, events: tuple[Event, ...] = ()) -> None:
        self.run = run
        self._folder = folder
        self._events = events

    @classmethod
    def begin(cls, run: Run) -> RunState:
        """Open `run` for this process. Raises `Refused` when another one is still open."""
        folder = _folder()
        if (folder / "run.json").exists() and not cls.last().has(CLOSED):
            raise Refused(
                "This process has a run that is not closed yet", "Promote and roll back in runs of their own."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "events.jsonl").write_bytes(b"")
        (folder / "run.json").write_text(json.dumps(encode(run)), encoding="utf-8")
        return cls(run, folder)

    def amend(self, run: Run) -> None:
        """Put `run` in the place of the open one: the gate has worked out more of it."""
        (self._folder / "run.json").write_text(json.dumps(encode(run)), encoding="utf-8")
        self.run = run

    @classmethod
    def current(cls) -> RunState:
        """Return the open run of this process.

        Raises `Refused` when none was opened, or it has ended; `OnlyJudged` when it has ended as it was asked to.
        """
        state = cls.last()
        end = state.data(CLOSED)
        if end is not None and end["outcome"] == JUDGED:
            raise OnlyJudged("Only the gates were asked for")
        if end is not None:
            raise Refused(f"The run {state.run.key} is over: {end['outcome']}", "Run the playbook from the beginning.")
        return state

    @classmethod
    def last(cls) -> RunState:
        """Return the run of this process, open or closed. Raises `Refused` when none was opened."""
        folder = _folder()
        try:
            run = decode(Run, json.loads((folder / "run.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise Refused(
                "No run is open in this process: the phases before this one did not take place",
                "Run mint.promotion.promote or mint.promotion.rollback from the beginning, without --tags, "
                "--skip-tags or --start-at-task.",
            ) from None
        return cls(run, folder, tuple(_read(folder / "events.jsonl")))

    def require(self, host: str) -> None:
        """Raise `Refused` for a host that the run is not about: nothing was judged of it.

        Which hosts a play has is a matter of variables and groups, which anyone can set.
        """
        if host not in self.run.hosts:
            raise Refused(
                f"{host} is not a host of this run, which is about {', '.join(self.run.hosts)}",
                "Leave the group promotion_targets and the results of the playbook's tasks to the playbook.",
            )

    def record(self, kind: str, host: str, data: Mapping[str, Any]) -> None:
        """Append one event; workers of several hosts do so at the same time."""
        line = json.dumps({"kind": kind, "host": host, "data": encode(data)}).encode() + b"\n"
        with open(self._folder / "events.jsonl", "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line)
            file.flush()

    def has(self, kind: str, host: str = "") -> bool:
        return any(event.kind == kind and event.host == host for event in self._events)

    def data(self, kind: str, host: str = "") -> Mapping[str, Any] | None:
        """Return what was recorded last under this kind and host."""
        found = [event.data for event in self._events if event.kind == kind and event.host == host]
        return found[-1] if found else None

    @property
    def evaluation(self) -> Evaluation | None:
        data = self.data(VERDICT)
        return None if data is None else decode(Evaluation, data)

    def outcome(self, host: str, *kinds: str) -> HostOutcome | None:
        """The outcome of `host` in the last of these phases (by default of all) that it took part in.

        One that failed, and had only its lock to give back, has failed and was not spared.
        """
        wanted = kinds or (STAGE, ACTIVATE, TAKE_BACK)
        events = [event for event in self._events if event.host == host and event.kind in wanted]
        if not events:
            return None
        reports = tuple(decode(HostReport, one.data["report"]) for one in events if one.data.get("report"))
        messages = "\n".join(one.data["message"] for one in events if one.data.get("message"))
        words = [str(one.data["outcome"]) for one in events]
        faults = [word for word in words if word in (FAILED, REFUSED)]
        outcome = faults[-1] if faults and words[-1] == NOT_STARTED else words[-1]
        return HostOutcome(host, outcome, messages, reports)

    def outcomes(self) -> tuple[HostOutcome, ...]:
        """Where every host of the run stands; one that was never reached has not been started."""
        return tuple(self.outcome(host) or HostOutcome(host, NOT_STARTED) for host in self.run.hosts)

    def trouble(self) -> tuple[str, ...]:
        """The hosts that keep the run from going on: not staged, or activated without a good outcome."""
        staged = {host: self.outcome(host, STAGE) for host in self.run.hosts}
        activated = {host: self.outcome(host, ACTIVATE) for host in self.run.hosts}
        bad = [host for host, one in staged.items() if one is None or one.outcome not in (STAGED, NO_CHANGE)]
        bad += [host for host, one in activated.items() if one and one.outcome not in GOOD_OUTCOMES]
        return tuple(dict.fromkeys(bad))

    def is_well(self) -> bool:
        """Tell whether every host ended with a good outcome: what holds once activation is over."""
        ended = (self.outcome(host, STAGE, ACTIVATE) for host in self.run.hosts)
        return all(one is not None and one.outcome in GOOD_OUTCOMES for one in ended)

    def had_its_turn(self, host: str) -> bool:
        """Tell whether the host was activated, or did not have to be."""
        return self.outcome(host, ACTIVATE) is not None or self.is_unchanged(host)

    def is_unchanged(self, host: str) -> bool:
        """Tell whether staging found that the release is live on the host already, and well."""
        one = self.outcome(host, STAGE)
        return one is not None and one.outcome == NO_CHANGE


def _folder() -> Path:
    return Path(C.DEFAULT_LOCAL_TMP) / "mint.promotion"


def _read(path: Path) -> Iterator[Event]:
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        lines = file.read().splitlines()
    return (Event(**json.loads(line)) for line in lines)
