# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which release a rollback goes to, and what retention keeps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import Refused
from ansible_collections.mint.promotion.plugins.module_utils._release.migrations import barred
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Release
from ansible_collections.mint.promotion.plugins.module_utils._release.retention import (
    is_kept,
    orphaned_images,
    superfluous,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.targets import mending, possible, previous, select

from .conftest import Writing, a_manifest, a_module, a_release

A, B, C = "r" + "a" * 16, "r" + "b" * 16, "r" + "c" * 16


def releases(*names: str) -> list[Release]:
    return [a_release(name) for name in names]


def test_without_a_selector_it_is_the_release_before_the_live_one(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A)
    assert select(writing.entries, releases(A, B), B, "").id == A


def test_a_second_rollback_goes_further_back_and_the_last_is_refused(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A).promote("3", C, B)
    there = releases(A, B, C)
    assert select(writing.entries, there, C, "").id == B
    writing.promote("4", B, C, "restore")
    assert select(writing.entries, there, B, "").id == A
    writing.promote("5", A, B, "restore")
    with pytest.raises(Refused, match="no previous release"):
        select(writing.entries, there, A, "")


def test_a_release_that_was_rolled_back_from_can_still_be_asked_for(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A).promote("3", A, B, "restore")
    assert select(writing.entries, releases(A, B), A, B).id == B


def test_a_failed_and_a_voided_release_are_passed_over(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A)("2", "voided", release=B).promote("3", C, B)
    writing("4", "staged", release="r" + "d" * 16).outcome("4", "rolled_back", "r" + "d" * 16, live=C)
    assert select(writing.entries, releases(A, B, C), C, "").id == A
    assert previous(writing.entries, C, [B, C]) is None


def test_a_release_that_an_irreversible_migration_has_left_behind_says_which(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A)
    writing("2", "voided", release=A, reason=barred(["m1"]), migrations=["m1"])
    for selector in (A, ""):
        with pytest.raises(Refused, match="voided: it lacks the migration m1, and nothing takes it back") as refused:
            select(writing.entries, releases(A, B), B, selector)
        assert "promote the earlier manifest" in refused.value.remedy
    writing.promote("3", A, B)
    assert mending(writing.entries, [A, B]) == ""
    assert select(writing.entries, releases(A, B), A, "").id == B


def test_a_release_that_a_run_taken_back_has_proven_on_the_migrated_data_is_good_again(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A)
    writing("2", "voided", release=A, reason=barred(["m1"]), migrations=["m1"])
    writing("2", "voided", release=B, reason="it failed on another host").outcome("2", "taken_back", B, live=A)
    assert mending(writing.entries, [A, B]) == ""
    writing.promote("3", C, A)
    assert select(writing.entries, releases(A, B, C), C, "").id == A
    writing("4", "voided", release=A, reason=barred(["m1"]), migrations=["m1"]).outcome("4", "promoted", B, live=B)
    with pytest.raises(Refused, match="it lacks the migration m1"):
        select(writing.entries, releases(A, B, C), B, A)


def test_a_way_back_that_failed_makes_no_release_good_again(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A)
    writing("2", "voided", release=A, reason=barred(["m1"]), migrations=["m1"])
    writing.outcome("2", "rollback_failed", B, live=A).promote("3", C, A)
    with pytest.raises(Refused, match="it lacks the migration m1"):
        select(writing.entries, releases(A, B, C), C, A)


@pytest.mark.parametrize("selector", ["", A, "run-1", "digest", "sha256:digest"])
def test_a_release_is_named_by_id_run_key_or_digest(writing: Writing, selector: str) -> None:
    writing.promote("run-1", A).promote("run-2", B, A)
    there = releases(A, B)
    digest = next(release.manifest_digest for release in there if release.id == A)
    selector = selector.replace("sha256:digest", digest[:27]).replace("digest", digest[7:19])
    assert select(writing.entries, there, B, selector).id == A


def test_eleven_digits_of_a_digest_name_nothing(writing: Writing) -> None:
    writing.promote("run-1", A).promote("run-2", B, A)
    with pytest.raises(Refused, match="never staged"):
        select(writing.entries, releases(A, B), B, a_release(A).manifest_digest[7:18])


def test_a_digest_that_fits_two_manifests_is_refused(writing: Writing) -> None:
    twins = [a_release(name, manifest_digest="sha256:" + "0" * 20 + end * 44) for name, end in ((A, "1"), (B, "2"))]
    with pytest.raises(Refused, match="more than one manifest"):
        select(writing.entries, twins, None, "0" * 12)


def test_a_refusal_lists_what_there_is(writing: Writing) -> None:
    writing.promote("run-1", A).promote("run-2", B, A)("run-3", "staged", release=C)
    with pytest.raises(Refused) as caught:
        select(writing.entries, releases(A, B, C), B, "r" + "9" * 16)
    text = str(caught.value)
    assert f"{A} " in text
    assert "possible" in text
    assert "it is live" in text
    assert "never promoted here with success" in text


def test_a_release_that_never_was_good_is_refused_by_name(writing: Writing) -> None:
    writing.promote("run-1", A)("run-2", "staged", release=B)
    with pytest.raises(Refused, match="never promoted here with success"):
        select(writing.entries, releases(A, B), A, B)


def test_the_live_release_may_be_named(writing: Writing) -> None:
    writing.promote("run-1", A)
    assert select(writing.entries, releases(A), A, A).id == A


@given(st.integers(0, 4), st.integers(1, 8))
def test_retention_keeps_the_live_one_the_previous_one_and_so_many_more(keep: int, count: int) -> None:
    writing, names = Writing(), [f"r{number:016d}" for number in range(count)]
    for number, name in enumerate(names):
        writing.promote(str(number), name, names[number - 1] if number else None)
    there = [a_release(name) for name in names]
    kept = set(names) - {release.id for release in superfluous(writing.entries, there, names[-1], keep)}
    assert kept == set(names[-(keep + 2) :])


def test_retention_counts_only_what_was_good(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A)("3", "staged", release=C).outcome("3", "rolled_back", C, live=B)
    assert [release.id for release in superfluous(writing.entries, releases(A, B, C), B, 5)] == [C]


def test_after_a_rollback_the_release_that_was_left_is_kept_as_one_of_the_good(writing: Writing) -> None:
    writing.promote("1", A).promote("2", B, A).promote("3", A, B, "restore")
    assert superfluous(writing.entries, releases(A, B), A, 1) == ()
    assert possible(writing.entries, releases(A, B), A) == (B,)


def test_images_that_a_kept_release_uses_stay() -> None:
    shared, old = a_module("db"), a_module("web", image="registry.example.com/web@sha256:" + "2" * 64)
    gone, kept = (
        a_release(A, manifest=a_manifest(shared, old)),
        a_release(B, manifest=a_manifest(shared, a_module("web"))),
    )
    assert orphaned_images([gone], [kept]) == ("mint-promotion/shop/web:" + "2" * 64, old.image)


def test_the_image_of_a_service_without_a_module_goes_with_the_last_release_that_has_it() -> None:
    both, gone = "sha256:" + "3" * 64, "sha256:" + "4" * 64
    old, new = a_release(A, companions={"db": both, "job": gone}), a_release(B, companions={"db": both})
    assert orphaned_images([old], [new]) == ("mint-promotion/shop/services:" + "4" * 64,)


def test_an_image_that_another_stack_keeps_is_known_by_its_tag() -> None:
    assert is_kept(["registry.example.com/web:1", "mint-promotion/other/web:" + "1" * 64])
    assert not is_kept(["registry.example.com/web:1"])
