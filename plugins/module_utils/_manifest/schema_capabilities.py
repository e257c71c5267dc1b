# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that says which commands tell whether a promotion may go on."""

from __future__ import annotations

from .._schema.fields import Field, ListOf, MapOf, Number, Record, Text
from . import notation as n
from .model import CAPABILITY_READERS, PHASES, TEXT

OUTPUT = Record(
    "expectation",
    "What the run of a capability must look like. Every condition must hold.",
    (
        Field(
            "exit_codes",
            ListOf(Number(minimum=0, maximum=255), minimum=1),
            "The exit codes that are right.",
            default_doc="[0] with the reader `text`; the other readers know what the exit code of their tool means",
            example=[0],
        ),
        Field(
            "contains", ListOf(n.WORD), "Texts that its output must contain.", default=[], example=["DRIFT GATE: PASS"]
        ),
        Field("excludes", ListOf(n.WORD), "Texts that its output must not contain.", default=[], example=["FAIL"]),
        Field(
            "matches",
            n.REGULAR_EXPRESSION,
            "A regular expression that its output must match somewhere; ^ and $ stand for the ends of a line.",
            example="^status: GOVERNED$",
        ),
    ),
)

CAPABILITY = Record(
    "capability",
    "A command of the control node that tells whether the promotion may go on. Its gate bears its name. Standard "
    "output and error are judged together, and kept as output.txt beside its receipt.",
    (
        Field("name", n.NAME, "Its name, and that of its gate. Unique.", required=True, example="spine.verify"),
        Field(
            "argv",
            n.ARGUMENTS,
            "The command and its arguments, without a shell. No secret: receipts show them.",
            required=True,
            example=["./bin/ops", "cap", "run", "spine.verify"],
        ),
        Field(
            "directory",
            n.RELATIVE_PATH,
            "The folder that it runs in, relative to the top of the repository around the manifest.",
            default=".",
        ),
        Field(
            "environment",
            MapOf(n.VARIABLE_NAME, Text("text on one line", empty=True), of="variable"),
            "Its environment. Of the control node's own it sees PATH, HOME and LANG, and what is said here comes "
            "before these. Never a secret.",
            default={},
            example={"CI": "1"},
        ),
        Field(
            "timeout_seconds",
            Number(minimum=1, maximum=24 * 60 * 60),
            "Seconds after which it is ended with all its children. Its gate is INCONCLUSIVE then.",
            default=300,
        ),
        Field(
            "reader",
            Text("a reader", allowed=CAPABILITY_READERS),
            "What reads its output. `text`: `expect` alone. The others know the output of the tool that they are named "
            "after, and `expect` comes on top.",
            default=TEXT,
        ),
        Field("expect", OUTPUT, "What its run must look like.", default={}),
        Field(
            "phases",
            ListOf(Text("a phase", allowed=PHASES), minimum=1),
            "When it runs: `before` any host is changed, and `after` all hosts are promoted.",
            default=list(PHASES),
        ),
        Field(
            "reuse_seconds",
            Number(minimum=0),
            "How old a receipt of the same capability may be, of the same manifest and revision, to stand for a new "
            "run. 0: it runs each time. What runs after the activation always runs.",
            default=0,
        ),
    ),
)
