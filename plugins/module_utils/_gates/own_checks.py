# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask the gates that a manifest brings, from where this runs: a host or the control node."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from .._checks.masking import Mask
from .._checks.model import Target
from .._checks.runner import run_check
from .._engine.model import Observation
from .._errors import CouldNotCheck
from .._manifest.model import Check


def ask_gates(gates: Sequence[Check], mask: Optional[Mask] = None) -> List[Observation]:
    """Ask all of them in their order: one that fails keeps none of the others from being asked.

    No values of the environment are there yet, so there are no secrets to ask with. `mask` hides those that answers may
    hold all the same.
    """
    captures: Dict[str, str] = {}
    told = []
    for check in gates:
        observation = run_check(check, Target("", _no_module_url, _no_module_command), {}, captures, mask)
        captures.update(observation.captures)
        told.append(observation)
    return told


def _no_module_url(_port: Optional[int]) -> str:
    raise CouldNotCheck("a gate belongs to no module: give its http check a whole url")


def _no_module_command(_argv: Sequence[str], _timeout: float) -> Tuple[int, str]:
    raise CouldNotCheck("a gate belongs to no module: its command cannot run inside one")
