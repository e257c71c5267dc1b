# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look at the ledgers that hosts are recorded in, for status.yml. ledger_info is the one that verifies them."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._ledger.history import history_of, log_fault
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import open_runs
from ansible_collections.mint.promotion.plugins.module_utils._ledger.status import LedgerState
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_home import (
    LedgerSettings,
    ledger_settings,
    open_home,
)


def ledger_states(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> tuple[LedgerState, ...]:
    """Return the state of each ledger that these hosts are recorded in, each once. Nothing is raised for its faults."""
    states: dict[tuple[str, str], LedgerState] = {}
    for host in hosts:
        try:
            settings = ledger_settings(hostvars[host])
        except PromotionError as error:
            states["", host] = LedgerState(f"of {host}", reason=str(error))
            continue
        home = (settings.ledger or settings.receipts, settings.origin)
        if home not in states:
            states[home] = _state(settings)
    return tuple(states.values())


def _state(settings: LedgerSettings) -> LedgerState:
    place = settings.ledger or settings.receipts
    try:
        home = open_home(settings)
        place, snapshot = home.place, home.snapshot()
        lines = snapshot.data.split(b"\n")[:-1]
        unfinished = tuple(map(str, open_runs(lines)))
        try:
            history = history_of(snapshot.data, settings.origin, snapshot.note.decode("utf-8"))
            size, fault = len(history.leaves), log_fault(history)
        except (PromotionError, UnicodeDecodeError) as error:
            size, fault = 0, str(error)
    except PromotionError as error:
        return LedgerState(place, reason=str(error))
    return LedgerState(place, size, len(lines) - size, fault, unfinished)
