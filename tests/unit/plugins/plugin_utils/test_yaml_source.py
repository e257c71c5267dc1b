# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file is read as bounded, plain data; everything else is refused with its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import (
    NODE_LIMIT,
    SIZE_LIMIT,
    parse_yaml,
    read_yaml_file,
)


def read(text: str) -> object:
    return parse_yaml(text.encode("utf-8"), "m.yml").data


def faults(content: str | bytes) -> tuple[Violation, ...]:
    raw = content.encode("utf-8") if isinstance(content, str) else content
    with pytest.raises(InvalidInput) as caught:
        parse_yaml(raw, "m.yml")
    return caught.value.violations


def only_fault(content: str | bytes) -> Violation:
    (fault,) = faults(content)
    return fault


def test_core_types_come_as_they_are_written() -> None:
    text = "a: text\nb: 5\nc: 0.5\nd: true\ne: null\nf: [1, {g: '2'}]\n"
    assert read(text) == {"a": "text", "b": 5, "c": 0.5, "d": True, "e": None, "f": [1, {"g": "2"}]}


def test_every_part_has_the_place_of_its_key_or_item() -> None:
    positions = parse_yaml(b"a:\n  b: 1\nc:\n  - x\n  - y: 2\n", "m.yml").positions
    assert positions[("a", "b")] == (2, 3)
    assert positions[("c", 1)] == (5, 5)
    assert positions[("c", 1, "y")] == (5, 5)


def test_the_span_of_a_scalar_covers_its_quotes() -> None:
    source = parse_yaml('a: "ä"  # note\nb: plain # note\n'.encode(), "m.yml")
    assert [source.text[one.start : one.end] for one in source.spans.values()] == ['"ä"', "plain"]


def test_jinja_stays_text() -> None:
    assert read("a: \"{{ lookup('pipe', 'id') }}\"\n") == {"a": "{{ lookup('pipe', 'id') }}"}


def test_a_duplicate_key_is_refused_with_both_places() -> None:
    fault = only_fault("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert (fault.line, fault.column, fault.path) == (4, 3, "a.b")
    assert "line 2" in fault.found


def test_all_duplicate_keys_come_at_once() -> None:
    assert [fault.path for fault in faults("a: 1\na: 2\nl:\n- {x: 1, x: 2}\n")] == ["a", "l[0].x"]


def test_aliases_and_merge_keys_work_and_own_keys_win() -> None:
    text = "base: &b {x: 1, y: 2}\nother: &o {y: 5, z: 6}\none:\n  y: 3\n  <<: [*b, *o]\ntwo: *b\n"
    data = read(text)
    assert isinstance(data, dict)
    assert data["one"] == {"y": 3, "x": 1, "z": 6}
    assert data["two"] == {"x": 1, "y": 2}


def test_a_merged_key_has_its_place_where_it_is_written() -> None:
    positions = parse_yaml(b"base: &b\n  x: 1\none:\n  <<: *b\n  y: 2\n", "m.yml").positions
    assert positions[("one", "x")] == (2, 3)
    assert positions[("one", "y")] == (5, 3)


def test_a_merge_of_something_else_is_refused() -> None:
    assert "mapping" in only_fault("a: &a 5\nb:\n  <<: *a\n").wanted


def test_aliases_that_explode_are_refused_before_they_are_expanded() -> None:
    # Expanding them would take years.
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    fault = only_fault("\n".join(lines))
    assert "thousand million" in fault.found
    assert str(NODE_LIMIT) in fault.wanted


def test_aliases_that_nest_deeply_are_refused() -> None:
    nest = "[" * 40, "]" * 40
    lines = [f"a0: &a0 {nest[0]}x{nest[1]}"]
    lines += [f"a{n}: &a{n} {nest[0]}*a{n - 1}{nest[1]}" for n in range(1, 30)]
    assert "levels deep" in only_fault("\n".join(lines)).found


def test_an_alias_of_itself_is_refused() -> None:
    assert "alias inside" in only_fault("a: &a\n  b: *a\n").found


def test_nesting_is_bounded() -> None:
    assert "levels of nesting" in only_fault("[" * 5000 + "]" * 5000).found


def test_the_number_of_parts_is_bounded() -> None:
    fault = only_fault("a: [" + "1," * 500_000 + "1]")
    assert f"more than {NODE_LIMIT} parts" in fault.found


def test_a_second_document_is_refused_at_its_place() -> None:
    fault = only_fault("a: 1\n---\nb: 2\n")
    assert fault.found == "a second document"
    assert fault.line == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb:\n\tc: 2\n", 3, "tab"),
        ("a: [1, 2\nb: 3\n", 2, "expected"),
        ("a: 'open\n", 2, "end of stream"),
        ("a: *nowhere\n", 1, "undefined alias"),
        ("a: 1\n b: 2\n", 2, ""),
        ("%YAML 9.0\n---\na: 1\n", 1, ""),
    ],
)
def test_a_syntax_error_has_its_place(text: str, line: int, words: str) -> None:
    fault = only_fault(text)
    assert fault.line == line
    assert fault.column >= 1
    assert words in fault.found


def test_control_characters_are_refused_at_their_place() -> None:
    fault = only_fault(b"a: 1\nb: x\x00y\n")
    assert (fault.line, fault.column) == (2, 5)
    assert "U+0000" in fault.found


def test_other_encodings_are_refused_at_the_first_bad_byte() -> None:
    fault = only_fault("a: 1\nb: Müll\n".encode("latin-1"))
    assert (fault.line, fault.column) == (2, 5)
    assert "0xfc" in fault.found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: !!python/object/apply:os.system [id]\n", "python/object"),
        ("a: !vault |\n  abc\n", "!vault"),
        ("a: !!binary aGk=\n", "!!binary"),
        ("a: !!set {x, y}\n", "!!set"),
        ("a: 2026-01-01\n", "date"),
        ("a: .nan\n", ".nan"),
        ("a: !!int abc\n", "abc"),
        ("5: x\n", "the key 5"),
        ("yes: x\n", "the key yes"),
        ("[1]: x\n", "list or mapping"),
    ],
)
def test_only_plain_data_is_taken(text: str, words: str) -> None:
    assert words in only_fault(text).found


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_document_is_refused(text: str) -> None:
    assert only_fault(text).found == "an empty document"


def test_a_big_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "m.yml"
    with path.open("wb") as file:
        file.truncate(20 * 1024 * 1024 * 1024)  # a sparse file: reading it would take its time
    with pytest.raises(InvalidInput, match=f"at most {SIZE_LIMIT} bytes"):
        read_yaml_file(str(path))


def test_the_greatest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.yml"
    path.write_bytes(b"a: 1\n#".ljust(SIZE_LIMIT, b"-"))
    assert read_yaml_file(str(path)).data == {"a": 1}


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("nowhere", "no such file"), (".", "a folder"), ("pipe", "something else")):
        with pytest.raises(InvalidInput, match=words):
            read_yaml_file(str(tmp_path / name))


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
DATA = st.dictionaries(
    TEXT, st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
)


@settings(max_examples=40, deadline=None)
@given(DATA)
def test_data_that_was_written_as_yaml_comes_back(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    assert read(text) == data


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!<|>'\"#?,%@ \n\t0.~", max_size=200).map(str.encode))
def test_any_bytes_are_data_or_refused(content: bytes) -> None:
    try:
        source = parse_yaml(content, "m.yml")
    except InvalidInput as error:
        assert error.violations
    else:
        assert () in source.positions
