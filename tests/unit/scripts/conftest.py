# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest

from ledgers import Ledger, People
from ledgers.second_opinion import Check, checker


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"))


@pytest.fixture
def ledger(people: People) -> Ledger:
    """An empty ledger: line 1 introduces its gate key."""
    return Ledger.begin(people)


@pytest.fixture
def promoted(ledger: Ledger) -> Ledger:
    """One promotion: lines 2 to 4 are its gates, 5 the verdict, 6 the intent, 7 the outcome."""
    ledger.promote()
    return ledger


@pytest.fixture
def check(tmp_path: Path) -> Check:
    return checker(tmp_path)
