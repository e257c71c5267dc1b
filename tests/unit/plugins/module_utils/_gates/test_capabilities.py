# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the run of a capability says, by its reader and by what the manifest expects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._gates.capabilities import judge_capability
from ansible_collections.mint.promotion.plugins.module_utils._gates.model import (
    FAILED,
    INCONCLUSIVE,
    PASSED,
    CommandRun,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Capability, OutputExpectation

RUN = CommandRun("CAP-20260212-011314__spine.verify__R0000000001", ("./verify",), 0, 1.5, "sha256:" + "a" * 64)
TEXT = Capability("own.check", ("./check", "--all"))
SPINE = Capability("spine.verify", ("./verify",), reader="spine.verify")
GOOD = "D1 top-level dirs... PASS\nDRIFT GATE: PASS\n"


def verdict(capability: Capability, output: str, exit_code: int | None = 0, **expect: object) -> str:
    capability = replace(capability, expect=OutputExpectation(**expect))  # type: ignore[arg-type]
    return judge_capability(capability, replace(RUN, exit_code=exit_code), output).verdict


@pytest.mark.parametrize(
    ("expect", "output", "code", "wanted"),
    [
        ({}, "", 0, PASSED),
        ({}, "", 1, FAILED),
        ({"exit_codes": (0, 3)}, "", 3, PASSED),
        ({"exit_codes": (3,)}, "", 0, FAILED),
        ({"contains": ("0 open",)}, "Gaps: 0 open", 0, PASSED),
        ({"contains": ("0 open",)}, "Gaps: 1 open", 0, FAILED),
        ({"excludes": ("FAIL",)}, "PASS", 0, PASSED),
        ({"excludes": ("FAIL",)}, "PASS FAIL", 0, FAILED),
        ({"matches": "^status: OK$"}, "a\nstatus: OK\nb", 0, PASSED),
        ({"matches": "^status: OK$"}, "status: OK not", 0, FAILED),
        ({"contains": ("PASS",), "matches": "^x"}, "PASS", 0, FAILED),
    ],
)
def test_every_condition_must_hold(expect: dict[str, object], output: str, code: int, wanted: str) -> None:
    assert verdict(TEXT, output, code, **expect) == wanted


def test_a_command_that_was_ended_has_no_answer_whatever_it_wrote() -> None:
    finding = judge_capability(SPINE, replace(RUN, exit_code=None), GOOD)
    assert (finding.verdict, finding.found) == (INCONCLUSIVE, "it was ended after 2 s")
    assert "timeout_seconds" in finding.remedy


def test_expectations_come_on_top_of_a_reader_and_never_lift_it() -> None:
    assert verdict(SPINE, GOOD) == PASSED
    assert verdict(SPINE, GOOD, contains=("D2",)) == FAILED
    assert verdict(SPINE, GOOD.replace("GATE: PASS", "GATE: FAIL"), 1, contains=("D1",)) == FAILED
    assert verdict(SPINE, "nothing of this", contains=("nothing",)) == INCONCLUSIVE


def test_a_refusal_says_what_was_found_and_how_to_try_again() -> None:
    finding = judge_capability(replace(TEXT, expect=OutputExpectation(contains=("fine",))), RUN, "bad news\n")
    assert finding.verdict == FAILED
    assert "bad news" in finding.found
    assert '"fine"' in finding.wanted
    assert finding.remedy == "try it: ./check --all"
    assert finding.run == RUN
