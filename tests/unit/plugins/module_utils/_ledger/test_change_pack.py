# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a change pack tells, and that it stays a document whatever is in it and however large the fleet is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import PASSED, Evaluation, GateResult
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack import (
    ChangePack,
    HostFacts,
    MigrationRow,
    SignOff,
    change_pack,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack_sample import sample_pack
from ansible_collections.mint.promotion.plugins.module_utils._ledger.change_pack_text import (
    change_pack_markdown,
    change_pack_sections,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import (
    CHANGE_PACK_NAME,
    OUTCOME,
    HostOutcome,
    Run,
    pack_name,
)
from ansible_collections.mint.promotion.plugins.module_utils._ledger.statement import deployment_statement
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import (
    Endpoint,
    Manifest,
    Migration,
    Module,
    Port,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.model import (
    PROMOTED,
    ROLLED_BACK,
    STAGED,
    HostReport,
    StepRecord,
)

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64
REVISION = "c" * 40
LIVE = {"image": f"registry.example.com/mint/artwork@{OLD}", "digest": OLD, "revision": "d" * 40}
WEB = Module(
    name="artwork",
    image=f"registry.example.com/mint/artwork@{NEW}",
    service="files-api",
    revision=REVISION,
    ports=(Port(8080, 80),),
)
MANIFEST = Manifest(
    schema=1,
    stack="mint-modules",
    project="mint-modules",
    repository="https://git.example.com/mint.git",
    revision=REVISION,
    modules=(WEB,),
    reachability=(Endpoint("database", "db.example.com", 5432), Endpoint("files", "192.168.7.9", 9000)),
    migrations=(Migration("0007", "artwork", "reversible", ("node", "up.js"), ("node", "down one.js")),),
)
KEY = "CAP-20260212-011314__promotion.promote__R0000000001"
MANIFEST_DIGEST = "sha256:" + "e" * 64


def run_on(*hosts: str) -> Run:
    return Run(
        key=KEY,
        action="promote",
        environment="prod",
        stack="mint-modules",
        hosts=hosts,
        requester="ops",
        control_node="desk",
        started_at="2026-02-12T01:13:14.000Z",
        manifest_path="deploy/promotion.yml",
        manifest_digest=MANIFEST_DIGEST,
        manifest=MANIFEST,
    )


def step(name: str, second: int, state: str = "done") -> StepRecord:
    return StepRecord(name, state, f"2026-02-12T01:13:{second:02d}.000Z", 0.5)


def outcome(host: str, word: str, *reports: HostReport) -> HostOutcome:
    return HostOutcome(host, word, reports=reports)


def reports(word: str, before: str | None, second: int = 20) -> tuple[HostReport, HostReport]:
    last = "done" if word == PROMOTED else "failed"
    steps = (
        step("up", second),
        step("health", second + 1),
        step("switch", second + 2),
        step("observe", second + 3, last),
    )
    return (
        HostReport(
            STAGED, KEY, True, "r2", before, before, 4.0, (step("lock", second - 5), step("images", second - 4))
        ),
        HostReport(word, KEY, True, "r2", before, "r2" if word == PROMOTED else before, 3.0, steps),
    )


def told(run: Run, hosts: tuple[HostOutcome, ...], results: tuple[GateResult, ...] = ()) -> Mapping[str, Any]:
    evaluation = Evaluation(PASSED, results) if results else None
    return deployment_statement(run, OUTCOME, "2026-02-12T01:14:00.000Z", "promoted", hosts, evaluation)


def facts(host: str, live: Mapping[str, Mapping[str, str | None]], address: str = "10.0.0.7") -> HostFacts:
    return HostFacts(host, address, live, MANIFEST_DIGEST if live else "")


@pytest.fixture
def pack() -> ChangePack:
    """web1 goes from the old image to the new one, web2 had nothing and was put back to nothing."""
    hosts = (
        outcome("web1", PROMOTED, *reports(PROMOTED, "r1")),
        outcome("web2", ROLLED_BACK, *reports(ROLLED_BACK, None, 40)),
    )
    results = (
        GateResult("disk", "web1", PASSED, "enforce", "9 GiB free", "1 GiB"),
        GateResult("disk", "web2", PASSED, "enforce", "9 GiB free", "1 GiB"),
        GateResult("recert", "control", "FAILED", "report", "94|95 tests", "all"),
    )
    known = (
        facts("web1", {"artwork": LIVE, "mailer": {**LIVE, "revision": None}}),
        facts("web2", {}, "web2.example.com"),
    )
    signed = SignOff("ada@example.com", "2026-02-12T00:00:00Z", "2026-02-13T00:00:00Z", "", "sha256:" + "f" * 64)
    return change_pack(
        told(run_on("web1", "web2"), hosts, results), MANIFEST, known, (signed,), inventory=["hosts.yml", "more hosts"]
    )


def test_each_service_says_where_what_becomes_of_it(pack: ChangePack) -> None:
    rows = {(one.module, one.hosts): (one.service, one.change, one.before, one.after) for one in pack.services}
    new = f"artwork@{'b' * 12} ({'c' * 12})"
    assert rows == {
        ("artwork", ("web1",)): ("files-api", "changed", f"artwork@{'a' * 12} ({'d' * 12})", new),
        ("mailer", ("web1",)): ("mailer", "removed", f"artwork@{'a' * 12}", "nothing"),
        ("artwork", ("web2",)): ("files-api", "new", "nothing", new),
    }
    assert pack.services[0].ports == ("0.0.0.0:8080->80/tcp",)


@pytest.mark.parametrize(
    ("image", "live", "change"),
    [
        (WEB.image, {**LIVE, "image": f"mint-promotion/mint-modules/artwork:{NEW[7:]}", "digest": NEW}, "unchanged"),
        ("mint/artwork", {**LIVE, "revision": REVISION}, "unchanged"),
        ("mint/artwork", LIVE, "changed"),
    ],
    ids=["sent to the host under a tag of its own", "built on the host of the same commit", "built of another commit"],
)
def test_an_image_is_the_same_by_its_digest_and_one_that_hosts_build_by_its_commit(
    image: str, live: Mapping[str, str | None], change: str
) -> None:
    manifest = replace(MANIFEST, modules=(replace(WEB, image=image),))
    made = change_pack(
        told(run_on("web1"), (outcome("web1", PROMOTED),)), manifest, (facts("web1", {"artwork": live}),)
    )
    assert [one.change for one in made.services] == [change]


def test_the_way_back_is_a_command_for_each_host_and_none_where_nothing_was_live(pack: ChangePack) -> None:
    web1, web2 = pack.ways_back
    common = "ansible-playbook -i hosts.yml -i 'more hosts' mint.promotion.rollback -e promotion_stack=mint-modules"
    assert web1.command == f"{common} --limit web1 -e promotion_release=r1"
    assert (web1.release, web1.manifest) == ("r1", MANIFEST_DIGEST)
    assert (web2.release, web2.command) == ("", "")
    assert pack.way_back == f"{common} --limit web1"
    section = change_pack_sections(pack)["Rollback Map"]
    assert f"    {web1.command}\n" in section + "\n"
    assert "| web2 | nowhere: nothing was live before | - |" in section


def test_a_host_that_has_gone_back_already_has_no_way_back() -> None:
    """Another rollback would take it to a release before the one that the promotion has found."""
    hosts = (outcome("web1", ROLLED_BACK, *reports(ROLLED_BACK, "r1")),)
    made = change_pack(told(run_on("web1"), hosts), MANIFEST, (facts("web1", {"artwork": LIVE}),))
    assert [(one.command, one.reason) for one in made.ways_back] == [("", "what was live before is live")]
    assert "ansible-playbook" not in change_pack_markdown(made)


def test_gates_are_counted_and_what_did_not_pass_is_told(pack: ChangePack) -> None:
    disk, recert = pack.gates
    assert (disk.verdict, disk.passed, disk.judged, disk.found) == (PASSED, 2, 2, "")
    assert (recert.verdict, recert.mode, recert.found) == ("FAILED", "report", "control: 94|95 tests")
    assert "control: 94\\|95 tests" in change_pack_sections(pack)["Pre-Verification Matrix"]


def test_what_was_judged_once_the_release_was_live_stands_with_the_hosts() -> None:
    again = GateResult("spine.verify:after", "control", PASSED, "enforce", "", "", seconds=2.1, counts="14/14 gates")
    statement = told(run_on("web1"), (outcome("web1", PROMOTED),))
    made = change_pack(statement, MANIFEST, (facts("web1", {}),), afterwards=(again,))
    section = change_pack_sections(made)["Post-Verification Matrix"]
    assert "| spine.verify:after | PASSED | enforce | 1 of 1 | 14/14 gates | 2.1 | - |" in section


def test_hosts_say_what_was_asked_of_the_release_once_it_was_up(pack: ChangePack) -> None:
    web1, web2 = pack.checks
    assert web1.steps == {"health": "done 0.5 s", "smoke": "", "running": "", "observe": "done 0.5 s"}
    assert (web2.outcome, web2.steps["observe"]) == (ROLLED_BACK, "failed 0.5 s")


def test_what_happened_stands_in_the_order_of_its_times(pack: ChangePack) -> None:
    what = [(one.place, one.what) for one in pack.sequence]
    assert what == [
        ("desk", "the run begins"),
        ("web1", "lock to images: staged"),
        ("web1", "up to observe: promoted"),
        ("web1", "switch: done"),
        ("web2", "lock to images: staged"),
        ("web2", "up to observe: rolled_back"),
        ("web2", "switch: done"),
        ("desk", "the run ends: promoted"),
    ]


def test_addresses_tell_which_devices_are_on_the_lan_only(pack: ChangePack) -> None:
    sections = change_pack_sections(pack)
    assert [(one.name, one.lan_only) for one in pack.devices] == [
        ("web1", True),
        ("web2", None),
        ("database", None),
        ("files", True),
    ]
    assert "| database | db.example.com | by name | needed by the stack, port 5432 |" in sections["IP Map"]
    assert "web1" in sections["LAN-Only Devices"]
    assert "database" not in sections["LAN-Only Devices"]


def test_the_rollback_map_says_where_no_way_leads_back(pack: ChangePack) -> None:
    words = "Nothing takes the migration 0008 back: no rollback goes to a release without it."
    final = replace(pack, migrations=(MigrationRow("0008", "artwork", "irreversible", "node drop.js", ""),))
    assert words in change_pack_sections(final)["Rollback Map"]
    assert "Nothing takes" not in change_pack_sections(pack)["Rollback Map"]


def test_the_document_has_the_sections_that_checks_of_change_packs_ask_for(pack: ChangePack) -> None:
    text = change_pack_markdown(pack)
    assert re.findall("^#+ .*", text, re.MULTILINE)[0] == "# Change pack: mint-modules to prod"
    assert {"## IP Map", "## LAN-Only Devices", "## Service Map", "## Sign-Offs"} <= set(text.splitlines())
    assert "| 0007 | artwork | reversible | node up.js | node 'down one.js' |" in text
    assert f"| artwork | {WEB.image} | {REVISION} | {LIVE['image']} |" in text
    assert "| ada@example.com | 2026-02-12T00:00:00Z |" in text


def test_a_promotion_that_nobody_has_approved_says_so() -> None:
    made = change_pack(told(run_on("web1"), (outcome("web1", PROMOTED),)), MANIFEST, (facts("web1", {}),))
    assert change_pack_sections(made)["Sign-Offs"].startswith("none: the verdict stands on no approval")


def test_the_table_of_a_fleet_stays_readable() -> None:
    """Twenty hosts with fifteen modules: a row for each module, and one or two for each host."""
    names = [f"web{number}" for number in range(20)]
    modules = tuple(replace(WEB, name=f"module{number}", service=f"module{number}") for number in range(15))
    hosts = tuple(outcome(name, PROMOTED, *reports(PROMOTED, "r1")) for name in names)
    results = tuple(GateResult("disk", name, PASSED, "enforce", "9 GiB free", "1 GiB") for name in names)
    known = tuple(facts(name, {one.name: LIVE for one in modules}) for name in names)
    made = change_pack(told(run_on(*names), hosts, results), replace(MANIFEST, modules=modules), known)
    sections = change_pack_sections(made)
    rows = {title: sum(line.startswith("|") for line in text.splitlines()) - 2 for title, text in sections.items()}
    assert rows["Service Map"] == 15
    assert "all 20 hosts" in sections["Service Map"]
    assert (rows["Pre-Verification Matrix"], rows["Post-Verification Matrix"], rows["Rollback Map"]) == (1, 20, 20)
    assert rows["Sequence"] == 2 + 3 * 20
    assert max(map(len, sections["Service Map"].splitlines())) < 200


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_whatever_a_name_is_the_tables_stay_tables(name: str) -> None:
    """A bar or a newline in a text would add columns, or end the table."""
    made = sample_pack(replace(run_on("web1"), requester=name, hosts=(name,)))
    for line in change_pack_markdown(made).split("\n"):
        if line.startswith("| "):
            assert line.endswith(" |")
    table = change_pack_sections(made)["Post-Verification Matrix"].partition("\n\n")[0].split("\n")
    cells = [re.split(r"(?<!\\)(?:\\\\)*\|", line) for line in table]
    assert len({len(one) for one in cells}) == 1


@pytest.mark.parametrize("loop", ["", "LOOP-MINT-MODULES-20260131"])
def test_the_file_has_the_name_of_the_loop(loop: str) -> None:
    name = pack_name(loop)
    assert name == (f"{loop}.changepack.md" if loop else "change-pack.md")
    assert re.fullmatch(CHANGE_PACK_NAME, name)
