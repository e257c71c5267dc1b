# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._closeout.scope import BEGIN
from ansible_collections.mint.promotion.plugins.module_utils._gates.finding import Finding
from ansible_collections.mint.promotion.plugins.module_utils._gates.loops import judge_gaps, judge_loops
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Loops
from ansible_collections.mint.promotion.plugins.plugin_utils._loops import front_matter, read_open_work

OWN = "LOOP-SHOP-TO-PROD-20260131"
CLOSED = "---\nloop_id: {}\nstatus: closed\ncreated: 2026-01-31\n---\n\n# Done\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loops").mkdir()
    write(tmp_path, "LOOP-OLD-20251201", CLOSED.format("LOOP-OLD-20251201"))
    write(tmp_path, OWN, f"---\nloop_id: {OWN}\nstatus: active\n---\n")
    (tmp_path / "loops" / "README.md").write_text("Status: no scope file", encoding="utf-8")
    return tmp_path


def write(top: Path, loop: str, text: str) -> None:
    (top / "loops" / f"{loop}.scope.md").write_text(text, encoding="utf-8")


def loops(top: Path, own: str = OWN) -> Finding:
    return judge_loops(read_open_work(top, Loops("loops")), own)


def gaps(top: Path, registry: str) -> Finding:
    (top / "gaps.yaml").write_text(registry, encoding="utf-8")
    return judge_gaps(read_open_work(top, Loops("loops", "gaps.yaml")))


def test_only_the_loop_of_the_promotion_is_open(folder: Path) -> None:
    finding = loops(folder)
    assert (finding.verdict, finding.counts) == (PASSED, "0/2 loops open")


def test_an_open_loop_fails_and_is_named(folder: Path) -> None:
    write(folder, "LOOP-OTHER-20260201", "---\nstatus: planned\n---\n")
    finding = loops(folder)
    assert (finding.verdict, "LOOP-OTHER-20260201" in finding.found) == (FAILED, True)
    assert "mint.promotion.close" in finding.remedy
    assert loops(folder, "").verdict == FAILED


@pytest.mark.parametrize(
    "text", ["# A loop\n\n> **Status:** closed\n", "Status: done", "- **status**: `closed` (2026-01-31)\r\n"]
)
def test_a_scope_file_without_front_matter_says_its_status_in_its_text(folder: Path, text: str) -> None:
    write(folder, "LOOP-OTHER-20260201", text)
    assert loops(folder).verdict == PASSED
    write(folder, "LOOP-OTHER-20260201", text.replace("closed", "open").replace("done", "open"))
    assert loops(folder).verdict == FAILED


@pytest.mark.parametrize(
    "text",
    [
        "---\nstatus: closed\nsteps:\n  - status: open\n---\n# A loop\n",
        "---\nstatus: closed\n---\n> Status: done\n\n## Step 1\nStatus: open\n",
        f"---\nstatus: closed\n---\nStatus: open\n\n{BEGIN}\n",  # as mint.promotion.close leaves it
    ],
)
def test_the_status_of_a_part_does_not_contradict_that_of_the_loop(folder: Path, text: str) -> None:
    write(folder, "LOOP-OTHER-20260201", text)
    assert loops(folder).verdict == PASSED


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("---\nstatus: clsoed\n---\n", ":2:"),
        ("---\nloop_id: LOOP-X-20260101\nstatus: closed\n---\n", ":2:"),
        ("---\nowner: ada\n---\n", "status"),
        ("---\nstatus: closed: why\n---\n", ":2:"),
        ("---\nstatus: closed\nstatus: open\n---\n", ":3:"),
        ("---\n- closed\n---\n", "a list"),
        ("# nothing is said here\n", ":1:"),
        ("---\n# it never ends\n", ":1:"),
        ("---\nstatus: closed\n---\n# A loop\n> **Status:** open\n", ":5:"),
        ("Status: closed\nStatus: active\n", ":2:"),
    ],
)
def test_a_scope_file_that_is_not_understood_is_inconclusive_with_its_place(
    folder: Path, text: str, place: str
) -> None:
    write(folder, "LOOP-OTHER-20260201", text)
    finding = loops(folder)
    assert finding.verdict == INCONCLUSIVE
    assert "loops/LOOP-OTHER-20260201.scope.md" in finding.found
    assert place in finding.found


def test_all_faults_are_told_at_once(folder: Path) -> None:
    write(folder, "LOOP-A-20260201", "---\nstatus: what\n---\n")
    write(folder, "LOOP-B-20269999", "---\nstatus: closed\n---\n")
    (folder / "loops" / "LOOP-C-20260201.scope.md").write_bytes(b"\xff\xfe")
    found = loops(folder).found
    assert [name in found for name in ("LOOP-A-20260201", "LOOP-B-20269999", "LOOP-C-20260201")] == [True] * 3


def test_a_folder_or_an_own_loop_that_is_not_there_is_inconclusive(folder: Path) -> None:
    assert loops(folder, "LOOP-MISSPELT-20260131").verdict == FAILED  # for its own one is another one then
    write(folder, OWN, CLOSED.format(OWN))
    assert loops(folder, "LOOP-MISSPELT-20260131").verdict == INCONCLUSIVE
    assert judge_loops(read_open_work(folder, Loops("elsewhere")), "").verdict == INCONCLUSIVE


def test_a_registry_without_open_gaps_passes(folder: Path) -> None:
    finding = gaps(folder, "gaps:\n  - {id: GAP-1, status: fixed, fixed_in: abc, date: 2026-01-01}\n")
    assert (finding.verdict, finding.counts) == (PASSED, "0/1 gaps open")
    assert gaps(folder, "gaps: []\n").verdict == PASSED


def test_an_open_gap_fails_and_one_whose_loop_is_closed_is_told_as_such(folder: Path) -> None:
    finding = gaps(folder, "gaps:\n  - {id: GAP-1, status: open, severity: high, parent_loop: LOOP-OLD-20251201}\n")
    assert finding.verdict == FAILED
    assert "GAP-1 (high)" in finding.found
    assert "loop that is closed" in finding.found


@pytest.mark.parametrize(
    "registry",
    [
        "",
        "gaps:\n",
        "gaps: {}\n",
        "- 1\n",
        "gaps:\n  - 7\n",
        "gaps:\n  - {status: fixed}\n",
        "gaps:\n  - {id: GAP-1}\n",
        "gaps:\n  - {id: GAP-1, status: fixt}\n",
        "gaps:\n  - {id: GAP-1, status: fixed}\n  - {id: GAP-1, status: fixed}\n",
        "gaps:\n  - {id: GAP-1, status: fixed, parent_loop: 7}\n",
        "gaps: [\n",
    ],
)
def test_a_registry_that_is_not_understood_is_inconclusive(folder: Path, registry: str) -> None:
    finding = gaps(folder, registry)
    assert finding.verdict == INCONCLUSIVE
    assert "gaps.yaml" in finding.found
    assert finding.remedy


@given(st.lists(st.sampled_from(["open", "fixed", "closed", "deferred"]), max_size=8))
def test_gaps_pass_only_when_none_is_open(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    rows = "".join(f"  - {{id: GAP-{number}, status: {word}}}\n" for number, word in enumerate(words))
    top = tmp_path_factory.mktemp("gaps")
    (top / "gaps.yaml").write_text(f"gaps:\n{rows}" if rows else "gaps: []\n", encoding="utf-8")
    verdict = judge_gaps(read_open_work(top, Loops(None, "gaps.yaml"))).verdict
    assert verdict == (FAILED if {"open", "deferred"} & set(words) else PASSED)


def test_front_matter_keeps_its_lines() -> None:
    assert front_matter("---\na: 1\n---\nb\n") == "\na: 1\n"
    assert front_matter("\n---\na: 1\n---\n") is None
    assert front_matter("---\na: 1\n") is None
