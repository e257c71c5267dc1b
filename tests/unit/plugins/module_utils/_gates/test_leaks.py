# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._gates.leaks import added_lines, leaks

HEAD = "diff --git a b\n--- a.txt\n+++ a.txt\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "a private key"),
        ("-----BEGIN " + "PRIVATE KEY-----", "a private key"),
        ("id: AKIA" + "ABCDEFGHIJKLMNOP", "an AWS access key"),
        ("glpat-" + "a" * 20, "a GitLab token"),
        ("xoxb-" + "1234567890-a", "a Slack token"),
        ("sk_live_" + "a" * 24, "a Stripe key"),
        ("npm_" + "a" * 36, "an npm token"),
    ],
)
def test_each_kind_is_named_with_its_place(text: str, kind: str) -> None:
    (found,) = leaks(f"{HEAD}@@ -3 +7,2 @@\n-old\n+fine\n+{text}\n", ())
    assert str(found) == f"{kind} in a.txt:8"


@pytest.mark.parametrize("text", ["-----BEGIN PUBLIC KEY-----", "AKIA", "ghp_short", "the npm_token variable", ""])
def test_what_only_looks_alike_is_none(text: str) -> None:
    assert leaks(f"{HEAD}@@ -0,0 +1 @@\n+{text}\n", ("short", "")) == ()


def test_a_removed_secret_is_none() -> None:
    assert leaks(f"{HEAD}@@ -1 +0,0 @@\n-glpat-{'a' * 20}\n", ()) == ()


LINES = st.lists(
    st.sampled_from(["+++ evil.txt", "@@ -1 +1 @@", "--- x", "a", "diff --git", "\\ No newline"]),
    min_size=1,
    max_size=8,
)


@given(removed=LINES, added=LINES)
def test_no_line_of_a_file_passes_for_a_header(removed: list[str], added: list[str]) -> None:
    body = "".join(f"-{one}\n" for one in removed) + "".join(f"+{one}\n" for one in added)
    patch = f"{HEAD}@@ -1,{len(removed)} +5,{len(added)} @@\n{body}--- b\n+++ b.txt\n@@ -0,0 +1 @@\n+last\n"
    expected = [("a.txt", 5 + index, one) for index, one in enumerate(added)]
    assert list(added_lines(patch)) == [*expected, ("b.txt", 1, "last")]
