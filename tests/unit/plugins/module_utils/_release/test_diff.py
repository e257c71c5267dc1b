# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Differences for people, and secrets that are in none of them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._compose.env import render_env
from ansible_collections.mint.promotion.plugins.module_utils._release.diff import changed_values, release_diff
from ansible_collections.mint.promotion.plugins.module_utils._release.masking import secret_mask
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Content, Failure
from ansible_collections.mint.promotion.plugins.module_utils._release.subject import Subject, subject_of

from .conftest import a_release

secrets = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="*"), min_size=4, max_size=20
).map("s3cret-".__add__)


def made(compose: str, **values: str) -> tuple[Subject, Content]:
    release = replace(a_release("r" + "a" * 16), secret_sources=("TOKEN",))
    return subject_of(release, values), Content(compose.encode(), render_env(values).encode())


@given(secrets, secrets)
def test_no_secret_is_in_a_diff_and_a_changed_one_is_seen(old: str, new: str) -> None:
    before, left = made(f"services: {{}} # {old}\n", TOKEN=old, SHOP="Old Shop")
    after, right = made(f"services: {{}} # {new}\n", TOKEN=new, SHOP="New Shop")
    parts = release_diff(before, left, after, right)
    for part in parts:
        assert old not in part["before"].replace("********", "")
        assert new not in part["after"].replace("********", "")
    env = next(part for part in parts if part["before_header"].startswith(".env"))
    assert "SHOP=New Shop" in env["after"]
    assert ("(changed)" in env["after"]) is (old != new)


def test_what_is_the_same_is_not_shown() -> None:
    before, left = made("services: {}\n", TOKEN="same-secret")
    after, right = made("services: {}\n", TOKEN="same-secret")
    assert release_diff(before, left, after, right) == ()
    assert changed_values(left, right) == set()


def test_the_first_release_is_compared_with_nothing() -> None:
    after, right = made("services: {}\n", TOKEN="first-secret")
    compose, env = release_diff(None, None, after, right)
    assert compose["before_header"] == "compose.yaml (nothing is live)"
    assert env["after"] == "TOKEN=******** (changed)\n"
    assert changed_values(None, right) == {"TOKEN"}


def test_the_password_of_a_url_is_a_secret_by_itself() -> None:
    mask = secret_mask(["postgres://shop:p%40ssw0rd@db/shop"]).text
    assert mask('FATAL: password "p@ssw0rd" for user "shop"') == 'FATAL: password "********" for user "shop"'
    assert mask("postgres://shop:p%40ssw0rd@db/shop") == "********"


def test_a_failure_is_masked_with_its_log() -> None:
    subject, _content = made("services: {}\n", TOKEN="hunter2-secret")
    failure = subject.masked(Failure("up", "m hunter2-secret", found="f hunter2-secret", log=("l hunter2-secret",)))
    assert (failure.message, failure.found, failure.log) == ("m ********", "f ********", ("l ********",))
