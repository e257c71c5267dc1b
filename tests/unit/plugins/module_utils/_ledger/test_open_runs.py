# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ansible_collections.mint.promotion.plugins.module_utils._data import canonical_json
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import (
    PAYLOAD_TYPE,
    Envelope,
    envelope_line,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import INTENT, OUTCOME, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.open_runs import (
    OpenRun,
    closing_statement,
    open_runs,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement

RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
    manifest_path="deploy/promotion.yml",
    manifest_digest=f"sha256:{'a' * 64}",
)
LATER = "CAP-20260212-021314__promotion.promote__R0000000002"
NOW = "2026-02-12T02:13:14.000Z"


def line(statement: Any) -> bytes:
    return envelope_line(Envelope(canonical_json(statement), PAYLOAD_TYPE, ()))


def begun(key: str = RUN.key) -> bytes:
    return line(deployment_statement(replace(RUN, key=key), INTENT, RUN.started_at))


def ended(key: str = RUN.key) -> bytes:
    return line(deployment_statement(replace(RUN, key=key), OUTCOME, NOW, "promoted"))


def keys(*lines: bytes) -> list[str]:
    return [one.run_key for one in open_runs(lines)]


def test_a_run_is_open_from_its_intent_to_its_outcome() -> None:
    assert keys(begun(), begun(LATER)) == [RUN.key, LATER]
    assert keys(begun(), begun(LATER), ended()) == [LATER]
    assert keys(begun(), ended(), begun(LATER), ended(LATER)) == []


def test_lines_that_are_no_deployment_are_passed_over() -> None:
    gate = line({"predicateType": "https://in-toto.io/attestation/test-result/v0.1", "predicate": {}})
    others = (gate, b"", b"{}", b"not json", b'{"payload":"*"}', line([1]), b"\xff" * 40)
    assert keys(*others, begun(), *others) == [RUN.key]


def test_what_cannot_be_closed_is_passed_over() -> None:
    """What is closed is signed: nobody shall be brought to sign, or to fail over, what somebody has put there."""
    kind = "https://mint.promotion/deployment/v0.1"
    odd = ({"runKey": "x"}, {"runKey": {}, "phase": INTENT}, {"runKey": LATER, "phase": INTENT, "hosts": []}, [1])
    others = [line({"predicateType": kind, "predicate": one}) for one in odd]
    assert keys(*others, begun()) == [RUN.key]


def test_an_outcome_that_is_only_quoted_in_another_statement_closes_nothing() -> None:
    quoting = {"predicateType": "other", "predicate": {"runKey": RUN.key, "phase": OUTCOME}, "note": "deployment/v0.1"}
    assert keys(begun(), line(quoting)) == [RUN.key]


def test_a_later_run_closes_it_with_what_it_saw_on_the_hosts() -> None:
    (run,) = open_runs([begun()])
    seen = {"web1": ("r" + "1" * 16, "unfinished work was undone"), "web2": ("", "")}
    closing = closing_statement(run, LATER, seen, NOW)
    told = json.loads(canonical_json(closing))["predicate"]
    assert (told["runKey"], told["resolves"], told["outcome"]) == (RUN.key, RUN.key, "interrupted")
    assert [(one["live"], one["message"]) for one in told["hosts"]] == [
        ("r" + "1" * 16, "unfinished work was undone"),
        (None, ""),
    ]
    assert LATER in told["inconclusive"][0]
    assert closing["subject"] == run.statement["subject"]
    assert keys(begun(), line(closing)) == []


def test_an_open_run_is_named_with_what_it_was_about() -> None:
    assert str(OpenRun(RUN.key, deployment_statement(RUN, INTENT, NOW))) == (
        f"{RUN.key}: promote shop in prod on web1, web2"
    )
