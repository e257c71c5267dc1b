# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.model import FAILED, INCONCLUSIVE, PASSED
from ansible_collections.mint.promotion.plugins.module_utils._gates.readers.junit import junit

CASES = {
    "passed": "<testcase name='a'/>",
    "failed": "<testcase name='a'><failure message='1 != 2'/></testcase>",
    "error": "<testcase name='a'><error/><skipped/></testcase>",
    "skipped": "<testcase name='a'><skipped/></testcase>",
}


def suite(*cases: str, attributes: str = "") -> str:
    inner = "".join(CASES[one] for one in cases)
    return (
        f"<?xml version='1.0' encoding='utf-8'?>\n<testsuites><testsuite {attributes}>{inner}</testsuite></testsuites>"
    )


def test_counts_of_a_run_without_failures() -> None:
    reading = junit(suite("passed", "skipped", "passed"), 0)
    assert (reading.verdict, reading.counts) == (PASSED, "2/3 tests, 1 skipped")


@given(st.lists(st.sampled_from(sorted(CASES)), max_size=12))
def test_it_passes_only_when_something_passed_and_nothing_failed(cases: list[str]) -> None:
    bad = {"failed", "error"} & set(cases)
    assert junit(suite(*cases), 0).verdict == (FAILED if bad else PASSED if "passed" in cases else INCONCLUSIVE)


@pytest.mark.parametrize("attributes", ["errors='1'", "tests='1' failures='2' errors='0'"])
def test_a_suite_that_claims_failures_fails_without_a_case_of_it(attributes: str) -> None:
    assert junit(suite("passed", attributes=attributes), 0).verdict == FAILED


def test_a_suite_with_an_error_of_its_own_fails() -> None:
    assert junit("<testsuite><error/><testcase/></testsuite>", 0).verdict == FAILED


def test_nested_suites_as_node_writes_them() -> None:
    inner = "<testsuite tests='2'><testcase/><testsuite><testcase/></testsuite></testsuite>"
    assert junit(f"<testsuites><testcase/>{inner}</testsuites>", 0).counts == "3/3 tests"


@pytest.mark.parametrize(
    "output", ["", "ok", "<html/>", "<testsuite>", suite(), "<testsuite/><testsuite/>", "<testsuite>&x;</testsuite>"]
)
def test_what_is_no_report_or_an_empty_one_is_inconclusive(output: str) -> None:
    assert junit(output, 0).verdict == INCONCLUSIVE


def test_entities_that_explode_are_not_expanded() -> None:
    layers = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10 if n else 'x' * 1000}'>" for n in range(12))
    bomb = f"<!DOCTYPE t [{layers}]><testsuite><testcase name='&e11;'/></testsuite>"
    begun = time.monotonic()
    reading = junit(bomb, 0)
    assert (reading.verdict, "document type" in reading.found) == (INCONCLUSIVE, True)
    assert time.monotonic() - begun < 5


def test_text_that_looks_like_a_declaration_is_no_harm() -> None:
    page = "<testsuite><testcase><system-out><![CDATA[<!DOCTYPE html>]]></system-out></testcase></testsuite>"
    assert junit(page, 0).verdict == PASSED


def test_a_failed_command_fails_although_all_tests_passed() -> None:
    assert junit(suite("passed"), 1).verdict == FAILED
    assert junit(suite("passed"), None).verdict == INCONCLUSIVE


@pytest.mark.parametrize("encoding", ["nonsense", "idna", "utf-16", "ISO-8859-1"])
def test_what_the_file_says_of_its_encoding_does_not_matter_once_it_is_text(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="Größe"/></testsuite>'
    assert junit(text, 0).verdict == PASSED
