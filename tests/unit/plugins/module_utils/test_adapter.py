# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module says when it ends well, is refused, or meets what nobody expected: one sentence, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CONFTEST = Path(__file__).resolve().parents[2] / "conftest.py"
PROGRAM = """
import runpy
runpy.run_path({conftest!r})
from ansible_collections.mint.promotion.plugins.module_utils._adapter import run_module
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused, Violation

def perform(parameters, check_mode):
    {body}

run_module({{"name": {{"type": "str", "required": True}}}}, perform)
"""


def run(body: str, **arguments: Any) -> dict[str, Any]:
    given = json.dumps({"ANSIBLE_MODULE_ARGS": {"name": "web", **arguments}})
    program = PROGRAM.format(conftest=str(CONFTEST), body=body)
    done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, text=True, check=False)
    assert len(done.stdout.split("\n{")) == 2, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result.get("failed", False) is (done.returncode != 0)
    return result


def test_a_result_is_passed_on_with_what_it_was_asked_for() -> None:
    result = run(
        'return {"changed": True, "name": parameters["name"], "checked": check_mode}', _ansible_check_mode=True
    )
    assert (result["changed"], result["name"], result["checked"]) == (True, "web", True)


def test_nothing_has_changed_where_nobody_says_so() -> None:
    assert run("return {}")["changed"] is False


def test_an_outcome_can_be_a_failure_and_keeps_its_report() -> None:
    result = run('return {"failed": True, "msg": "it rolled back", "outcome": "rolled_back"}')
    assert (result["failed"], result["msg"], result["outcome"]) == (True, "it rolled back", "rolled_back")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('raise Refused("The lock is held", "Wait.")', "The lock is held\nWait."),
        ('raise PermissionError(13, "Permission denied", "/opt/shop")', "Permission denied: '/opt/shop'"),
        ('raise KeyError("project")', "A fault in mint.promotion: KeyError in <string>:"),
    ],
)
def test_every_error_is_one_sentence_without_a_traceback(body: str, said: str) -> None:
    result = run(body)
    assert result["failed"] is True
    assert said in result["msg"]
    assert "Traceback" not in result["msg"]


def test_all_faults_of_an_input_come_as_data_too() -> None:
    result = run('raise InvalidInput([Violation("file", "a", "1", "2"), Violation("file", "b", "3", "4")])')
    assert [(one["path"], one["found"]) for one in result["violations"]] == [("a", "1"), ("b", "3")]
