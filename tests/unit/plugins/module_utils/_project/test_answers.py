# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers are taken as people type them, and all that is wrong with them is said at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._project.answers import read_answers
from ansible_collections.mint.promotion.plugins.module_utils._project.model import ModuleAnswer

GIVEN = {
    "stack": "shop",
    "repository": "https://git.example.com/team/shop.git",
    "registry": "registry.example.com/team",
    "modules": {"web": {"port": 8080}},
    "staging_hosts": "s1.example.com",
    "prod_hosts": "p1.example.com, p2.example.com",
}


def faults(**changes: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_answers({**GIVEN, **changes})
    return [str(one) for one in caught.value.violations]


def test_a_few_answers_are_enough() -> None:
    answers = read_answers(GIVEN)
    assert list(answers.hosts["prod"]) == ["p1.example.com", "p2.example.com"]
    assert (answers.user, answers.become, answers.root, answers.keep_receipts) == ("root", False, "/opt", False)
    assert answers.secrets == ()


def test_a_user_other_than_root_uses_sudo_unless_it_is_said_otherwise() -> None:
    assert read_answers({**GIVEN, "user": "deploy"}).become is True
    assert read_answers({**GIVEN, "user": "deploy", "become": False}).become is False


@pytest.mark.parametrize("modules", ["web:8080/healthz api:9000,worker", ["web:8080/healthz", "api:9000", "worker"]])
def test_modules_can_be_typed_on_one_line(modules: Any) -> None:
    assert read_answers({**GIVEN, "modules": modules}).modules == (
        ModuleAnswer("web", 8080, "/healthz"),
        ModuleAnswer("api", 9000),
        ModuleAnswer("worker"),
    )


def test_a_secret_bears_the_name_of_its_module_or_the_one_that_it_is_given() -> None:
    modules = {"order-intake": {"secrets": ["TOKEN"]}, "web": {"secrets": {"API_TOKEN": "ORDER_INTAKE_TOKEN"}}}
    answers = read_answers({**GIVEN, "modules": modules})
    assert [dict(one.secrets) for one in answers.modules] == [
        {"TOKEN": "ORDER_INTAKE_TOKEN"},
        {"API_TOKEN": "ORDER_INTAKE_TOKEN"},
    ]
    assert answers.secrets == ("ORDER_INTAKE_TOKEN",)


def test_everything_that_is_missing_is_said_at_once() -> None:
    told = faults(stack="", repository=7, registry=None, modules={}, staging_hosts=5, prod_hosts={"a b": {}, "c": 3})
    assert told == [
        "init_modules: found nothing, wanted web:8080 api:9000/health, or a mapping of names to what each module is",
        'init_prod_hosts: found "a b", wanted the name or address of a host',
        "init_prod_hosts: c: found the number 3, wanted a mapping of variables",
        "init_repository: found the number 7, wanted a text (-e init_repository=TEXT)",
        "init_stack: found nothing, wanted a text (-e init_stack=TEXT)",
        "init_staging_hosts: found the number 5, wanted host names, or a mapping of host names to their variables",
    ]


@pytest.mark.parametrize(
    ("answer", "given", "found"),
    [
        ("user", "a b", '"a b"'),
        ("root", "/opt/../etc", '"/opt/../etc"'),
        ("root", "opt", '"opt"'),
        ("become", "perhaps", '"perhaps"'),
        ("keep_receipts", "some", '"some"'),
    ],
)
def test_an_answer_that_no_project_can_have_is_told_by_the_name_of_its_variable(
    answer: str, given: str, found: str
) -> None:
    (told,) = read_answers({**GIVEN, answer: given}).faults
    assert str(told).startswith(f"init_{answer}: found {found}, wanted ")


def test_what_is_wrong_elsewhere_is_told_with_the_rest() -> None:
    other = Violation("-e", "", "the unknown variable", "another")
    with pytest.raises(InvalidInput) as caught:
        read_answers({**GIVEN, "stack": "", "user": "a b"}, (other,))
    assert [one.source for one in caught.value.violations] == ["-e", "init_stack", "init_user"]
    assert [one.source for one in read_answers({**GIVEN, "user": "a b"}, (other,)).faults] == ["-e", "init_user"]


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ("web:80:90", '"web:80:90", wanted NAME:PORT or NAME:PORT/HEALTH'),
        ("web:80 web:90", '"web:90", wanted NAME:PORT or NAME:PORT/HEALTH, each name once'),
        ({"web": 8080}, "web: found the number 8080, wanted a mapping of port"),
        ({"web": {"prot": 8080}}, 'web: found the unknown key "prot"'),
        ({"web": {"depends_on": "api"}}, 'web.depends_on: found "api", wanted a list'),
        ({"web": {"values": ["A"]}}, "web.values: found a list, wanted a mapping"),
        ({"web": {"secrets": "A"}}, "web.secrets: found something else, wanted a list of variables"),
    ],
)
def test_a_module_that_makes_no_sense_is_told(modules: Any, words: str) -> None:
    (told,) = faults(modules=modules)
    assert words in told


def test_a_host_of_two_environments_is_told() -> None:
    assert faults(prod_hosts=["s1.example.com"]) == [
        "init_prod_hosts: s1.example.com: found a host of staging, wanted hosts of one environment each"
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*GIVEN, "user", "become", "root"]), JSON))
def test_whatever_is_answered_is_taken_or_refused_in_words(changes: dict[str, Any]) -> None:
    try:
        answers = read_answers({**GIVEN, **changes})
    except InvalidInput as error:
        assert all(one.source.startswith("init_") for one in error.violations)
    else:
        assert answers.stack
        assert answers.modules
