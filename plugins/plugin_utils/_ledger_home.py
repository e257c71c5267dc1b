# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The home of the ledger: the folder of the receipts, or a git remote."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import Mapping, Sequence

from ansible import constants as C
from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import Envelope, envelope_line
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import (
    LONGEST_WAIT,
    FileLog,
    Snapshot,
    read_log,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._checkpoint_anchor import latest, publish
from ansible_collections.mint.promotion.plugins.plugin_utils._deadline import NO_DEADLINE, Deadline
from ansible_collections.mint.promotion.plugins.plugin_utils._git_clone import SECONDS, GitClone
from ansible_collections.mint.promotion.plugins.plugin_utils._git_home import GitHome
from ansible_collections.mint.promotion.plugins.plugin_utils._git_remote import GitRemote, parse_remote
from ansible_collections.mint.promotion.plugins.plugin_utils._home import Home, Receipt, Seal, receipts_of
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import LedgerSettings, ledger_settings
from ansible_collections.mint.promotion.plugins.plugin_utils._sessions import Sessions

__all__ = ["Home", "LedgerSettings", "Receipt", "Snapshot", "anchored_checkpoint", "ledger_settings", "open_home"]

LEDGER_FOLDER = "ledger"
ANCHOR_SECONDS = 20.0  # of one git command: a run does not wait long for an anchor

display = Display()


def open_home(settings: LedgerSettings, deadline: Deadline = NO_DEADLINE) -> Home:
    """Return the home of the ledger. Nothing is read or reached yet, and no key needed to read.

    After the deadline it waits for nobody, and is unavailable.
    """
    if not settings.ledger:
        return LocalHome(settings, deadline)
    return GitHome(settings, private_clone(parse_remote(settings.ledger), deadline=deadline))


def anchored_checkpoint(settings: LedgerSettings) -> str:
    """Return the last checkpoint that went to `promotion_ledger_anchor`, empty for none. Raises `LedgerUnavailable`."""
    return latest(private_clone(parse_remote(settings.anchor))) if settings.anchor else ""


def private_clone(remote: GitRemote, seconds: float = SECONDS, deadline: Deadline = NO_DEADLINE) -> GitClone:
    """Return the clone that the actions of this Ansible process share; Ansible removes it at the end.

    `seconds` is how long it waits for one git command.
    """
    name = hashlib.sha256(str(remote).encode()).hexdigest()[:16]
    return GitClone(os.path.join(C.DEFAULT_LOCAL_TMP, "mint.promotion", f"{name}.git"), remote, seconds, deadline)


@dataclass(frozen=True)
class LocalHome:
    """The ledger in the folder of the receipts."""

    settings: LedgerSettings
    deadline: Deadline = NO_DEADLINE
    _notes: list[str] = field(default_factory=list, repr=False, compare=False)

    @property
    def place(self) -> str:
        return self._folder

    def begin_session(self, run_key: str) -> None:
        self._sessions.begin(run_key)

    def write_session(self, run_key: str, files: Mapping[str, bytes]) -> str:
        return self._sessions.write(run_key, files)

    def append(self, envelopes: Sequence[Envelope]) -> tuple[Receipt, ...]:
        return self.append_lines([envelope_line(one) for one in envelopes])

    def append_lines(self, lines: Sequence[bytes], after: int | None = None) -> tuple[Receipt, ...]:
        if not lines:
            return ()
        seal = Seal(self.settings)
        seconds = self.deadline.left(LONGEST_WAIT)
        log = FileLog(self._folder, self.settings.origin, seal.sign, seal.trusts, seal.adopts, seconds)
        appended = log.append(lines, after)
        self._notes[:] = [appended.note_text]
        self._anchor(appended.note_text)
        return receipts_of(appended.first_index, lines)

    @property
    def note(self) -> str:
        return "".join(self._notes)

    def snapshot(self) -> Snapshot:
        return read_log(self._folder, self.deadline.left(LONGEST_WAIT))

    def sessions(self) -> Mapping[str, Mapping[str, bytes]]:
        return self._sessions

    def _anchor(self, note: str) -> None:
        """Push the checkpoint to where `promotion_ledger_anchor` says. What hinders that hinders no run."""
        if self.settings.anchor:
            try:
                remote = parse_remote(self.settings.anchor)
                publish(private_clone(remote, ANCHOR_SECONDS, self.deadline), note)
            except (PromotionError, OSError) as error:
                display.warning(f"The checkpoint of the ledger was not anchored: {error}")

    @property
    def _folder(self) -> str:
        return os.path.join(self.settings.receipts, LEDGER_FOLDER)

    @property
    def _sessions(self) -> Sessions:
        return Sessions(self.settings.receipts)
