# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Small ledgers with real keys and real signatures, honest ones and others, for tests and the benchmark."""

from .maker import LOWERED, PEOPLE, Ledger, People, gate_key, manifest_digest, saying, time_at

__all__ = ["LOWERED", "PEOPLE", "Ledger", "People", "gate_key", "manifest_digest", "saying", "time_at"]
