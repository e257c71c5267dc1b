# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers by the names that a manifest knows them by (pure)."""

from __future__ import annotations

from functools import partial
from typing import Mapping

from .baseline import authority_status, gaps_status, ops_status, spine_verify
from .junit import junit
from .reading import Reader
from .summaries import exit_only, jest, node_test, pytest, vitest
from .tap import tap

READERS: Mapping[str, Reader] = {
    "spine.verify": spine_verify,
    "ops.status": ops_status,
    "gaps.status": gaps_status,
    "authority.project.status": authority_status,
    "exit": exit_only,
    "junit": junit,
    "tap": tap,
    "node-test": node_test,
    "vitest": vitest,
    "jest": jest,
    "pytest": pytest,
}


def reader_named(name: str, own: str = "") -> Reader:
    """Return a reader. `own` is the loop that the promotion itself belongs to: it is open and does not count.

    Raises KeyError for a name that is not in READERS.
    """
    return partial(ops_status, own=own) if name == "ops.status" else READERS[name]
