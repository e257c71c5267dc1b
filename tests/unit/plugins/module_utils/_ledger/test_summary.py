# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._ledger.summary import run_summary
from ansible_collections.mint.promotion.plugins.module_utils._release.model import RESTORED, HostReport

RUN = Run(
    key="CAP-20260212-011314__promotion.rollback__R0000000001",
    action="rollback",
    environment="prod",
    stack="mint-modules",
    hosts=("web1", "web2"),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
)
ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


@pytest.mark.parametrize(("digests", "told"), [((ONE, ONE), ONE), ((ONE, ""), ONE), ((ONE, OTHER), ""), (("", ""), "")])
def test_a_rollback_tells_the_manifest_it_went_back_to_where_that_is_one(digests: tuple[str, ...], told: str) -> None:
    hosts = tuple(
        HostOutcome(name, RESTORED, "", (HostReport(RESTORED, RUN.key, True, "r1", "r2", "r1", 1.0, (), None, digest),))
        for name, digest in zip(RUN.hosts, digests, strict=True)
    )
    statement = deployment_statement(RUN, OUTCOME, "2026-02-12T01:14:00.000Z", RESTORED, hosts)
    assert run_summary(statement, "", "")["manifest_digest"] == told
