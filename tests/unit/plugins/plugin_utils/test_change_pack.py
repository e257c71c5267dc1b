# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A team's own template of the change pack, and who signed for it, with real files and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack_sample import sample_pack
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack_text import change_pack_markdown
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import OUTCOME, HostOutcome, Run
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Loops
from ansible_collections.mint.promotion.plugins.plugin_utils._change_pack import (
    TEMPLATE,
    check_template,
    pack_files,
    render_pack,
    sign_offs,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._ledger_settings import ledger_settings
from ansible_collections.mint.promotion.plugins.plugin_utils._run import EVIDENCE, RunState
from ledgers.maker import MANIFEST, Ledger, People

RUN = Run(
    key="CAP-20260212-011314__promotion.promote__R0000000001",
    action="promote",
    environment="prod",
    stack="shop",
    hosts=("web1",),
    requester="ops",
    control_node="desk",
    started_at="2026-02-12T01:13:14.000Z",
    manifest_path="deploy/promotion.yml",
    manifest_digest="sha256:" + "e" * 64,
    manifest=MANIFEST,
)
LIVE = {"modules": {"artwork": {"image": "a", "digest": "b", "revision": None}}, "manifest_digest": "sha256:1"}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunState:
    monkeypatch.setattr(C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    RunState.begin(RUN).record(EVIDENCE, "web1", {"release": {"value": {"live": LIVE}}})
    return RunState.current()


def variables(**given: Any) -> dict[str, Any]:
    return {"hostvars": {"web1": {"ansible_host": "10.0.0.7", **given}}}


def outcome() -> Any:
    hosts = (HostOutcome("web1", "promoted"),)
    return deployment_statement(RUN, OUTCOME, RUN.started_at, "promoted", hosts, Evaluation(PASSED, ()))


def template(tmp_path: Path, text: str) -> str:
    path = tmp_path / "pack.j2"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_without_a_template_the_default_lies_there_under_its_name(state: RunState) -> None:
    (name, content), *more = pack_files(state, outcome(), variables(), ()).items()
    assert (name, more) == ("change-pack.md", [])
    text = content.decode("utf-8")
    assert "| web1 | 10.0.0.7 | LAN only | host of the stack |" in text
    assert "| changed: a → artwork@" in text.replace("0.0.0.0", "")


def test_a_promotion_that_belongs_to_a_loop_names_its_pack_by_it(state: RunState) -> None:
    loop = "LOOP-SHOP-TO-PROD-20260131"
    state.amend(replace(RUN, manifest=replace(MANIFEST, loops=Loops(own=loop))))
    [(name, content)] = list(pack_files(state, outcome(), variables(), ()).items())
    assert name == f"{loop}.changepack.md"
    assert f"| Loop | {loop} |".encode() in content


def test_a_template_gets_data_sections_and_default(tmp_path: Path) -> None:
    pack = sample_pack(RUN)
    path = template(tmp_path, '{{ pack.stack }}|{{ sections["IP Map"] }}|{{ default }}|{{ "a|b" | cell }}\n')
    head, rest = render_pack(pack, path).decode().split("|", 1)
    assert head == "shop"
    assert rest.startswith("| Device | Address |")
    assert change_pack_markdown(pack) in rest
    assert rest.endswith("|a\\|b\n")


def test_the_template_of_the_documentation_works(tmp_path: Path) -> None:
    text = (Path(__file__).parents[4] / "docs/change-pack.md").read_text(encoding="utf-8")
    start = text.index("    # CHG {{")
    example = text[start : text.index("{% endfor %}", start) + len("{% endfor %}")].replace("\n    ", "\n").strip()
    assert b"## How to go back\n| Host | Goes back to |" in render_pack(sample_pack(RUN), template(tmp_path, example))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ pack.stak }}", "'stak'"),
        ("{% for one in pack.gates %}{{ one.verdikt }}{% endfor %}", "'verdikt'"),
        ("{% if %}", "line 1: "),
        ("one\n{{ pack.hosts | nofilter }}", "line 2: "),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ pack.gates + 1 }}", "can only concatenate"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ lookup('file', '/etc/passwd') }}", "'lookup' is undefined"),
        ("{% include 'other.j2' %}", "no loader"),
        ("{{ 'x' * 300000 }}", "300000 bytes of text"),
    ],
)
def test_a_template_that_fails_refuses_the_run_before_it_begins(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_template(RUN, variables(**{TEMPLATE: template(tmp_path, text)}))
    assert told in str(error.value)
    assert f"{TEMPLATE}: {tmp_path}/pack.j2: found " in str(error.value)
    assert "leave the variable out" in str(error.value)


@pytest.mark.parametrize(("given", "found"), [("/nowhere/x.j2", "No such file"), (["a"], "a list")])
def test_a_template_that_is_not_there_is_told(given: object, found: str) -> None:
    with pytest.raises(InvalidInput, match=found):
        check_template(RUN, variables(**{TEMPLATE: given}))


def test_a_template_that_fails_at_the_end_gives_way_to_the_default(state: RunState, tmp_path: Path) -> None:
    """The sample has a gate, this promotion has none."""
    path = template(tmp_path, "{{ pack.gates[0].gate }}")
    check_template(RUN, variables(**{TEMPLATE: path}))
    files = pack_files(state, outcome(), variables(**{TEMPLATE: path}), ())
    assert files["change-pack.md"].startswith(b"# Change pack: shop to prod\n")


def test_a_pack_with_a_secret_in_it_is_kept_nowhere(state: RunState, tmp_path: Path) -> None:
    path = template(tmp_path, "the password is correct-horse-battery")
    assert pack_files(state, outcome(), variables(**{TEMPLATE: path}), ["correct-horse-battery"]) == {}


def test_those_whose_approvals_a_verdict_stands_on_have_signed_off(tmp_path: Path) -> None:
    ledger = Ledger.begin(People(tmp_path))
    other = ledger.approve("carol")
    run, approvals = ledger.run(), [ledger.approve("alice", "bob", reason="looked at it")]
    verdict = ledger.verdict(run, [*ledger.gates(run), *approvals])
    _receipts, keys = ledger.write(tmp_path / "there")
    settings = ledger_settings({"promotion_keys": str(keys)})
    found = sign_offs(settings, ledger.lines, verdict)
    assert [(one.person, one.reason, one.receipt) for one in found] == [
        ("alice", "looked at it", approvals[0]),
        ("bob", "looked at it", approvals[0]),
    ]
    assert other not in {one.receipt for one in found}
    assert sign_offs(settings, ledger.lines, "") == ()
