# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the benchmark measures has to be what runs leave, else its figures say nothing."""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path

from bench.ledger import integrity
from bench.ledgers import Making

from ansible_collections.mint.promotion.plugins.module_utils._ledger.check import check_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_envelope, parse_json
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import verify_ed25519

RUN = 5  # receipts


def test_the_receipts_of_the_benchmark_are_signed_statements_that_refer_to_each_other() -> None:
    making = Making()
    lines = list(islice(making.lines(), 1 + 3 * RUN))
    envelopes = [parse_envelope(line) for line in lines]
    statements = [parse_json(one.payload) for one in envelopes]
    assert [check_statement(one) for one in statements] == [()] * len(lines)
    for one in envelopes:
        assert verify_ed25519(making.gate.public, one.signed_bytes, one.signatures[0].sig)
    for begin in range(1, len(lines), RUN):
        digests = [hashlib.sha256(line).hexdigest() for line in lines[begin : begin + RUN]]
        verdict, intent, outcome = (one["predicate"] for one in statements[begin + 2 : begin + RUN])
        assert [one["digest"]["sha256"] for one in verdict["inputAttestations"]] == digests[:2]
        assert intent["verdictReceipt"]["digest"]["sha256"] == digests[2]
        assert outcome["verdictReceipt"] == intent["verdictReceipt"]
        assert len({one["predicate"]["runKey"] for one in statements[begin : begin + RUN]}) == 1
    assert len({one["predicate"]["runKey"] for one in statements[1:]}) == 3


def test_a_ledger_of_the_benchmark_is_whole(tmp_path: Path) -> None:
    making = Making()
    assert making.write(tmp_path / "ledger", 8).append([]).checkpoint.size == 8
    integrity(making, tmp_path / "ledger")
