# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the schema that says what an environment's policy asks of people, the calendar, and elsewhere."""

from __future__ import annotations

from .._schema.fields import Field, ListOf, Number, Record, Text
from . import notation as n
from .policy_model import DAYS

_LONGEST = 10 * 366 * 86400  # seconds

PRINCIPAL = Text("one person as allowed_signers names them: no blank, list or pattern", r"^[^\s\"#,*?!]+$")
PRINCIPALS = Field(
    "principals",
    ListOf(PRINCIPAL, minimum=1),
    "The people who may approve, as `allowed_signers` names them. Each is named once.",
    required=True,
    example=["ada@example.com", "bob@example.com", "eve@example.com"],
)
_MOST = 30  # people
THRESHOLD = Field(
    "threshold", Number(minimum=1, maximum=_MOST), "How many of them have to approve.", required=True, example=2
)

APPROVALS = Record(
    "approvals",
    "How many of which people have to approve of a promotion, each by an SSH signature. Who asks for the run never "
    "counts. A rollback needs none.",
    (
        Field(
            "threshold",
            Number(minimum=0, maximum=_MOST),
            "How many of them have to approve. With 0 they are asked for `irreversible` migrations only.",
            required=True,
            example=2,
        ),
        PRINCIPALS,
        Field(
            "irreversible",
            Number(minimum=1, maximum=_MOST),
            "How many of them at least have to approve of a manifest with an `irreversible` migration. What they sign "
            "names it.",
            default=1,
        ),
        Field(
            "expires_seconds",
            Number(minimum=60, maximum=_LONGEST),
            "How long what approve.yml writes can be signed and used. What holds for longer does not count.",
            default=86400,
        ),
    ),
)

OVERRIDE = Record(
    "override",
    "Who may let a promotion go on in this window. What approve.yml writes with a reason is what they sign.",
    (THRESHOLD, PRINCIPALS),
)

_TIME_OF_DAY = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"

WINDOW = Record(
    "window",
    "A time in which nothing is promoted. It is read as the clock on the wall of its zone shows it. A rollback is "
    "never frozen out.",
    (
        Field("name", n.LINE, "What it is called in messages. Unique.", required=True, example="weekend"),
        Field(
            "zone",
            Text("the name of a time zone", r"^[A-Za-z][A-Za-z0-9_+/-]*$"),
            "The time zone of its clock, as the IANA names it.",
            default="UTC",
            example="Europe/Berlin",
        ),
        Field(
            "days",
            ListOf(Text("a day of the week", allowed=DAYS)),
            "The days on which it begins.",
            default=[],
            default_doc="every day",
            example=["fri", "sat", "sun"],
        ),
        Field(
            "starts",
            Text("a time of day, in quotes", rf"^{_TIME_OF_DAY}$"),
            "When it begins on such a day.",
            default="00:00",
            example="15:00",
        ),
        Field(
            "ends",
            Text("a time of day, in quotes", rf"^(?:{_TIME_OF_DAY}|24:00)$"),
            "When it ends; on the next day where that is not later than `starts`.",
            default="24:00",
            example="08:00",
        ),
        Field(
            "dates",
            ListOf(Text("a date, or the first and the last one: 2026-12-20/2027-01-02", rf"^{_DATE}(?:/{_DATE})?$")),
            "The dates on which it begins. With `days`, both have to fit.",
            default=[],
            default_doc="every date",
            example=["2026-12-20/2027-01-02"],
        ),
        Field("reason", n.LINE, "Why, for who meets it.", default="", example="nobody is there to watch"),
        Field("override", OVERRIDE, "Who may override it.", default_doc="nobody"),
    ),
)

STAGING = Record(
    "staging evidence",
    "The same artifacts have been promoted to another environment before, and have passed their smoke checks there.",
    (
        Field("environment", n.NAME, "That environment.", default="staging"),
        Field(
            "max_age_seconds",
            Number(minimum=1, maximum=_LONGEST),
            "How old the last promotion that says so may be.",
            default=7 * 86400,
        ),
        Field(
            "soak_seconds",
            Number(minimum=0, maximum=_LONGEST),
            "How long they have to have been live there.",
            default=0,
            example=3600,
        ),
    ),
)

DRILL = Record(
    "rollback drill",
    "In another environment the same artifacts have been promoted, rolled back on all hosts, and promoted again by the "
    "same manifest.",
    (
        Field("environment", n.NAME, "That environment.", default="staging"),
        Field(
            "max_age_seconds",
            Number(minimum=1, maximum=_LONGEST),
            "How long ago the rollback may have been.",
            default=7 * 86400,
        ),
        Field(
            "max_rollback_seconds",
            Number(whole=False, above=0, maximum=86400),
            "How long it may have taken, on the host that took longest.",
            default_doc="it is told only",
            example=30,
        ),
    ),
)

FIELDS = (
    Field("approvals", APPROVALS, "People who have to approve.", default_doc="nobody has to"),
    Field("windows", ListOf(WINDOW), "Times in which nothing is promoted.", default=[]),
    Field("staging", STAGING, "What has to have run elsewhere before.", default_doc="nothing"),
    Field("drill", DRILL, "What has to have been rolled back elsewhere before.", default_doc="nothing"),
)
