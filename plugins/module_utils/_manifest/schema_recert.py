# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that says how the modules are recertified before a promotion."""

from __future__ import annotations

from .._schema.fields import Field, MapOf, Number, Record, Text
from . import notation as n
from .model import EXIT, READERS

DAY = 24 * 60 * 60  # seconds

STEP = Record(
    "recert step",
    "One command that certifies the module, in a clean checkout of its revision. The steps of a module run in this "
    "order, and the first that does not pass ends them.",
    (
        Field(
            "name",
            n.NAME,
            "Its name. Unique in the module: the gate is `recert:MODULE:NAME`.",
            required=True,
            example="test",
        ),
        Field(
            "argv",
            n.ARGUMENTS,
            "The command and its arguments, without a shell.",
            required=True,
            example=["npm", "test"],
        ),
        Field(
            "directory",
            n.RELATIVE_PATH,
            "The folder of the repository that it runs in.",
            default_doc="the module's `build.context`",
            example="artwork",
        ),
        Field(
            "reader",
            Text("a reader", allowed=READERS),
            "What tells how it went. `exit`: the exit code alone. The others count tests as well, in its output or in "
            "its `report`; a run that executed no test is INCONCLUSIVE.",
            default=EXIT,
        ),
        Field(
            "report",
            n.RELATIVE_PATH,
            "The file that the reader reads, relative to `directory`. The step must write it.",
            default_doc="the reader reads the command's output",
            example="reports/junit.xml",
        ),
        Field(
            "timeout_seconds", Number(minimum=1, maximum=DAY), "Seconds after which the command is ended.", default=600
        ),
    ),
)

RECERT = Record(
    "recertification",
    "How the steps of all modules run.",
    (
        Field("parallel", Number(minimum=1, maximum=64), "How many modules are recertified at once.", default=2),
        Field(
            "environment",
            MapOf(n.VARIABLE_NAME, Text("text on one line", empty=True), of="variable"),
            "The environment of the commands. Of the control node's own they see PATH, HOME and LANG, and what is "
            "said here comes before these. Never a secret: the manifest is public to who reads receipts.",
            default={},
            example={"CI": "1"},
        ),
        Field(
            "reuse_seconds",
            Number(minimum=0),
            "How old a receipt of the same step may be, of the same revision, commands and environment, to stand for "
            "a new run. 0: every promotion runs all steps.",
            default=DAY,
        ),
    ),
)
