# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a manifest may say of recertification, and what it must not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput
from ansible_collections.mint.promotion.plugins.module_utils._gates.readers.table import READERS as TABLE
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import READERS, Recert, RecertStep
from ansible_collections.mint.promotion.plugins.module_utils._manifest.support import unsupported
from ansible_collections.mint.promotion.plugins.module_utils._manifest.validate import validate

Data = dict[str, Any]
TEST = {"name": "test", "argv": ["npm", "test"], "reader": "node-test", "timeout_seconds": 60}


def test_steps_are_read_in_their_order_and_carried_out(data: Data) -> None:
    data["modules"]["web"]["recert"] = [{"name": "build", "argv": ["make"]}, TEST]
    data["recert"] = {"parallel": 3, "environment": {"CI": "1"}, "reuse_seconds": 0}
    manifest = validate(data, {}, "m.yml")
    assert manifest.recert == Recert(3, {"CI": "1"}, 0)
    steps = (
        RecertStep("build", ("make",)),
        RecertStep("test", ("npm", "test"), reader="node-test", timeout_seconds=60),
    )
    assert manifest.module("web").recert == steps
    assert manifest.module("api").recert == ()
    assert unsupported(manifest, "m.yml") == ()


def test_without_a_word_of_it_nothing_is_recertified(data: Data) -> None:
    manifest = validate(data, {}, "m.yml")
    assert (manifest.recert, [one.recert for one in manifest.modules]) == (Recert(2, {}, 86400), [(), ()])


@pytest.mark.parametrize(
    ("steps", "place", "words"),
    [
        ([TEST, TEST], "modules.web.recert[1].name", 'the name "test" again'),
        (
            [{**TEST, "reader": "exit", "report": "r.xml"}],
            "modules.web.recert[0].report",
            "a report that nothing reads",
        ),
        ([{**TEST, "reader": "junit"}], "modules.web.recert[0].report", "the file that the reader junit reads"),
        ([{**TEST, "reader": "junit", "report": "../r.xml"}], "modules.web.recert[0].report", '".." in the path'),
        ([{**TEST, "reader": "mocha"}], "modules.web.recert[0].reader", "node-test"),
        ([{**TEST, "argv": []}], "modules.web.recert[0].argv", "an empty list"),
        ([{**TEST, "name": "Test it"}], "modules.web.recert[0].name", "lower-case letters"),
        ([{**TEST, "timeout_seconds": 0}], "modules.web.recert[0].timeout_seconds", "from 1"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(data: Data, steps: list[Data], place: str, words: str) -> None:
    data["modules"]["web"]["recert"] = steps
    with pytest.raises(InvalidInput) as raised:
        validate(data, {}, "m.yml")
    (fault,) = raised.value.violations
    assert (fault.path, words in str(fault)) == (place, True), str(fault)


def test_an_image_of_others_has_nothing_to_certify(data: Data) -> None:
    web = data["modules"]["web"]
    web.update(third_party=True, recert=[TEST])
    web.pop("revision")
    with pytest.raises(InvalidInput, match="recert in a third_party module"):
        validate(data, {}, "m.yml")


def test_every_reader_that_a_manifest_may_name_is_there() -> None:
    assert set(READERS) <= set(TABLE)
