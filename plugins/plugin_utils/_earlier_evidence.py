# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which questions an earlier receipt of the run's ledger answers already."""

from __future__ import annotations

from typing import Sequence

from ansible.utils.display import Display

from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError
from ansible_collections.mint.promotion.plugins.module_utils._ledger.reuse import Standing, standing_receipts
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question
from ansible_collections.mint.promotion.plugins.plugin_utils._run_ledger import why
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, load_trusted_keys

display = Display()


def satisfied_questions(context: Context, questions: Sequence[Question]) -> dict[str, Standing]:
    """Return the receipts that stand for questions, by their gates: verified, of equal inputs, and young enough.

    A ledger that does not hold satisfies nothing: then everything is asked.
    """
    reusable = {one.gate: one for one in questions if one.inputs and one.reusable_seconds}
    if not reusable or context.history is None or isinstance(context.ledger, PromotionError):
        return {}
    wanted = {gate: one.inputs for gate, one in reusable.items()}
    try:
        trust = Trust(load_trusted_keys(context.ledger.settings.keys), CRYPTO)
        found = standing_receipts(context.history, context.lines, context.run.stack, wanted, trust)
    except (PromotionError, OSError) as error:
        display.warning(f"No earlier receipt is used: {why(error)}")
        return {}
    return {gate: one for gate, one in found.items() if _is_young(one, reusable[gate].reusable_seconds)}


def _is_young(one: Standing, seconds: float) -> bool:
    """A receipt of the future is of another clock, and nobody knows how old it is."""
    return 0 <= (now() - one.time).total_seconds() <= seconds
