# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._schema.fields import (
    Boolean,
    Field,
    Kind,
    ListOf,
    MapOf,
    Nullable,
    Number,
    Record,
    Text,
)
from ansible_collections.mint.promotion.plugins.module_utils._schema.pattern import canonical_pattern
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import Findings
from ansible_collections.mint.promotion.plugins.module_utils._schema.structure import normalise

DIGEST = Record("digest", "", (Field("sha256", Text("hex", "^[a-f0-9]{4}$"), "", required=True),))
ITEM = Record(
    "item",
    "",
    (
        Field("name", Text(), "", required=True),
        Field("text", Text(multiline=True, empty=True), "", required=True),
        Field("verdict", Text(allowed=("PASSED", "FAILED")), "", required=True),
        Field("digest", Nullable(DIGEST), "", required=True),
        Field("count", Number(minimum=1), "", required=True),
        Field("seconds", Number(whole=False, minimum=0), "", required=True),
        Field("changed", Boolean(), "", required=True),
        Field("seen", MapOf(Text(), Text(empty=True)), "", required=True),
    ),
)
KIND = ListOf(ITEM, minimum=1)
LOOSE = Record("loose", "", tuple(Field(name, Number(), "", required=name == "b") for name in "abc"))

texts = st.sampled_from(
    ["", "a", "abcd", "abcd\n", "a\nb", "a\tb", "a\u00a0b", "a\u2028", "\x7f", '"', "\\", "PASSED", "é"]
)
scalars = st.one_of(texts, st.none(), st.booleans(), st.sampled_from([0, 1, 2, -1, 0.0, 1.5, float("inf")]))
digests: st.SearchStrategy[Any] = st.one_of(st.fixed_dictionaries({"sha256": texts}), st.none(), scalars, st.just({}))
items = st.fixed_dictionaries(
    {
        "name": texts,
        "text": texts,
        "verdict": texts,
        "digest": digests,
        "count": scalars,
        "seconds": scalars,
        "changed": scalars,
        "seen": st.one_of(st.dictionaries(texts, texts, max_size=2), scalars),
    }
)
sound = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "é", "a b"]),
        "text": st.sampled_from(["", "a\nb\tc"]),
        "verdict": st.sampled_from(["PASSED", "FAILED"]),
        "digest": st.one_of(st.none(), st.just({"sha256": "ab12"})),
        "count": st.integers(1, 9),
        "seconds": st.sampled_from([0, 1.5]),
        "changed": st.booleans(),
        "seen": st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["", "x"])),
    }
)
anything = st.recursive(scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)), max_leaves=5)


def fits(data: Any, kind: Kind = KIND) -> bool:
    """What `normalise` says."""
    findings = Findings("test", {})
    normalise(data, kind, (), findings)
    return not findings.violations


def canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def matches(data: Any, kind: Kind = KIND) -> bool:
    return canonical_pattern(kind).fullmatch(canonical(data)) is not None


@given(st.one_of(st.lists(st.one_of(items, sound), max_size=2), anything))
def test_it_matches_only_what_has_no_fault(data: Any) -> None:
    assert not matches(data) or fits(data)


@given(st.lists(sound, min_size=1, max_size=3))
def test_it_matches_what_is_sound(data: Any) -> None:
    assert fits(data)
    assert matches(data)


@given(st.lists(sound, min_size=1, max_size=1), st.sampled_from(["name", "digest", "seen"]), st.booleans())
def test_a_key_too_many_or_too_few_is_never_passed_over(data: Any, name: str, more: bool) -> None:
    if more:
        data[0]["other"] = 1
    else:
        del data[0][name]
    assert not matches(data)


@given(st.lists(sound, min_size=1, max_size=2), st.data())
def test_a_text_that_is_not_canonical_is_left_to_the_slow_way(data: Any, draw: st.DataObject) -> None:
    text = canonical(data)
    place = draw.draw(st.integers(0, len(text)))
    changed = (
        text[:place] + draw.draw(st.sampled_from([" ", "\n", ",", "]", "}", '"', "\\", '"name":"b",'])) + text[place:]
    )
    match = canonical_pattern(KIND).fullmatch(changed)
    if match and not any(match.groups()):  # several keys of a mapping may stand in any order: the next test
        assert canonical(json.loads(changed)) == changed


def test_several_keys_of_a_mapping_show_in_a_group() -> None:
    """They may be the same, which only a reader of JSON tells."""
    pattern = canonical_pattern(MapOf(Text(), Number()))
    shown = [pattern.fullmatch(text) for text in ('{"a":1}', '{"a":1,"b":2}', '{"a":1,"a":2}')]
    assert [match and any(match.groups()) for match in shown] == [False, True, True]


@pytest.mark.parametrize("pattern", ["^.*$", "^[^a]*$", r"^\S*$", "^[ -~]*$", "^a$|^b$", "a", '^"$'])
def test_a_pattern_that_could_leave_its_text_never_matches(pattern: str) -> None:
    assert not matches("a", Text("", pattern, empty=True))


@pytest.mark.parametrize("data", [{"b": 1}, {"a": 1, "b": 1}, {"b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}])
def test_keys_that_may_be_left_out_may_be(data: Any) -> None:
    assert matches(data, LOOSE)
    text = canonical(data)
    broken = (text.replace("}", ",}"), text.replace("{", "{,"), text.replace(",", ""), text.replace(",", ",,"))
    assert [one for one in broken if one != text and canonical_pattern(LOOSE).fullmatch(one)] == []
    assert not matches({**data, "d": 1}, LOOSE)
    assert not matches({"a": 1, "c": 1}, LOOSE)
