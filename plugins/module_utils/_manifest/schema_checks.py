# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that health checks, smoke checks and gates share."""

from __future__ import annotations

from .._schema.fields import Anything, Boolean, Field, ListOf, MapOf, Number, Record, Text
from . import notation as n

HEADERS = MapOf(n.HEADER_NAME, Text("text on one line", empty=True), of="header")

EXPECTATION = Record(
    "HTTP expectation",
    "What the answer must look like. Every condition must hold.",
    (
        Field(
            "status",
            ListOf(Number(minimum=100, maximum=599), minimum=1),
            "The status codes that are right. Redirects are not followed.",
            default=[200],
            example=[200, 204],
        ),
        Field(
            "headers",
            HEADERS,
            "Headers and their exact values.",
            default={},
            example={"content-type": "text/html"},
        ),
        Field(
            "json",
            MapOf(n.VALUE_PATH, Anything(), of="dotted path"),
            "Dotted paths into the JSON answer (`items.0.name`) and the values that must stand there.",
            default={},
            example={"status": "ok", "db": "ok"},
        ),
        Field("contains", ListOf(n.WORD), "Texts that the body must contain.", default=[], example=["<form"]),
        Field(
            "excludes",
            ListOf(n.WORD),
            "Texts that the body must not contain.",
            default=[],
            example=["undefined"],
        ),
    ),
)

HTTP = Record(
    "HTTP check",
    "One request and the answer that is wanted.",
    (
        Field(
            "method",
            Text("an HTTP method", allowed=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
            "The request method.",
            default="GET",
        ),
        Field(
            "url",
            n.URL,
            "An absolute address, for what is not a module's own port.",
            example="https://shop.example.com/",
        ),
        Field(
            "path",
            n.URL_PATH,
            "A path of the module, asked at its published port, else at its container.",
            example="/health",
        ),
        Field(
            "port",
            n.PORT_NUMBER,
            "The port in the container that `path` belongs to.",
            default_doc="the module's first port",
        ),
        Field("headers", HEADERS, "Request headers.", default={}, example={"accept": "application/json"}),
        Field("body", n.BLOCK, "The request body, sent as it stands.", example='{"name": "smoke"}'),
        Field("expect", EXPECTATION, "The wanted answer.", default={}),
        Field(
            "capture",
            MapOf(n.VARIABLE_NAME, n.VALUE_PATH, of="name"),
            "Values of the JSON answer that later checks of the same list use as `${capture:NAME}`.",
            default={},
            example={"seed": "id"},
        ),
    ),
    one_of=(("url", "path"),),
)

COMMAND = Record(
    "command check",
    "One command and how it must end.",
    (
        Field(
            "argv",
            n.ARGUMENTS,
            "The command and its arguments. No shell is involved.",
            required=True,
            example=["pg_isready", "-q"],
        ),
        Field(
            "inside",
            Boolean(),
            "Runs it in the module's container, else where the check runs.",
            default=False,
        ),
        Field("exit_code", Number(minimum=0, maximum=255), "The exit code that is right.", default=0),
        Field("contains", ListOf(n.WORD), "Texts that its output must contain.", default=[]),
        Field("excludes", ListOf(n.WORD), "Texts that its output must not contain.", default=[]),
    ),
)

_CHECK_FIELDS = (
    Field(
        "run_from",
        Text("where it runs", allowed=("host", "control")),
        "Runs from the host of the module or from the control node.",
        default="host",
    ),
    Field(
        "timeout_seconds",
        Number(whole=False, above=0, maximum=600),
        "The limit for one try, in seconds.",
        default=5,
    ),
    Field("http", HTTP, "An HTTP request."),
    Field("command", COMMAND, "A command."),
)

HEALTH = Record(
    "health check",
    "Asked at short intervals until it passes or `activation.health_timeout_seconds` is over.",
    (Field("name", n.LINE, "What it is called in messages.", default="health"),) + _CHECK_FIELDS,
    one_of=(("http", "command"),),
)

CHECK = Record(
    "check",
    "One question with a wanted answer. In paths, headers, bodies and arguments `${capture:NAME}` stands for a value "
    "that an earlier check of the list captured, `${secret:NAME}` for a value of the environment contract.",
    (
        Field(
            "name",
            n.LINE,
            "What it is called in messages and receipts. Unique in its list.",
            required=True,
            example="creates a seed",
        ),
    )
    + _CHECK_FIELDS,
    one_of=(("http", "command"),),
)
