# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of the promotion manifest, version 1, as one table.

The validator, the JSON Schema (docs/promotion.schema.json) and the reference (docs/manifest.md) come from it.
"""

from __future__ import annotations

from . import notation as n
from .fields import Anything, Boolean, Field, ListOf, MapOf, Number, Record, Text
from .model import BLUE_GREEN, ENFORCE, RECREATE, REPORT, STOP, TAKE_BACK

SCHEMA_VERSION = 1

_BLOCK = Text("text", multiline=True, empty=True)
_WORD = Text("text", multiline=True)
_ARGUMENTS = ListOf(Text("text", multiline=True, empty=True), minimum=1)
_PORT = Number(minimum=1, maximum=65535)
_HEADERS = MapOf(n.HEADER_NAME, Text("text on one line", empty=True), of="header")

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
            _HEADERS,
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
        Field("contains", ListOf(_WORD), "Texts that the body must contain.", default=[], example=["<form"]),
        Field(
            "excludes",
            ListOf(_WORD),
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
            _PORT,
            "The port in the container that `path` belongs to.",
            default_doc="the module's first port",
        ),
        Field("headers", _HEADERS, "Request headers.", default={}, example={"accept": "application/json"}),
        Field("body", _BLOCK, "The request body, sent as it stands.", example='{"name": "smoke"}'),
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
            _ARGUMENTS,
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
        Field("contains", ListOf(_WORD), "Texts that its output must contain.", default=[]),
        Field("excludes", ListOf(_WORD), "Texts that its output must not contain.", default=[]),
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

PORT = Record(
    "port",
    "A port of the container that the host publishes.",
    (
        Field("published", _PORT, "The port on the host.", required=True, example=3500),
        Field("target", _PORT, "The port in the container.", required=True, example=3500),
        Field(
            "address",
            n.ADDRESS,
            "The host's address that it is bound to. 0.0.0.0 stands for all.",
            default="0.0.0.0",
        ),
        Field("protocol", Text("a protocol", allowed=("tcp", "udp")), "tcp or udp.", default="tcp"),
    ),
)

VARIABLE = Record(
    "variable",
    "One variable that the container gets. A module sees its own variables only.",
    (
        Field(
            "from",
            n.VARIABLE_NAME,
            "The name of the value, in `promotion_values` and in the env file on the host.",
            default_doc="the variable's own name; with a `default`, the module's name before it (`ARTWORK_PORT`), "
            "because a default belongs to one module",
            example="ARTWORK_DATABASE_URL",
        ),
        Field("secret", Boolean(), "Its value is never shown. A secret has no default.", default=False),
        Field(
            "required",
            Boolean(),
            "A promotion without this value is refused.",
            default_doc="true when there is no `default`",
        ),
        Field(
            "default",
            Text("text", multiline=False, empty=True, hidden=True),
            "The value when none is given.",
            example="3500",
        ),
        Field(
            "pattern",
            n.REGULAR_EXPRESSION,
            "A regular expression (Python's re.search) that the value must match.",
            example="^postgres(ql)?://",
        ),
        Field("description", n.LINE, "What it is for.", default="", example="Postgres of the artwork module"),
    ),
)

BUILD = Record(
    "build",
    "How build.yml makes the image from a clean checkout of the revision.",
    (
        Field(
            "context",
            n.RELATIVE_PATH,
            "The build context, a folder of the repository.",
            default=".",
            example="artwork",
        ),
        Field(
            "dockerfile", n.RELATIVE_PATH, "The Dockerfile, relative to the context.", default="Dockerfile"
        ),
        Field(
            "args",
            MapOf(n.VARIABLE_NAME, Text("text on one line", empty=True), of="argument"),
            "Build arguments. SOURCE and REVISION are always given. Never a secret: an image keeps them.",
            default={},
            example={"NODE_ENV": "production"},
        ),
    ),
)

HEALTHCHECK = Record(
    "healthcheck",
    "The container's own health check, run by the Docker Engine (compose-spec, healthcheck).",
    (
        Field(
            "test",
            _ARGUMENTS,
            "The test, beginning with CMD, CMD-SHELL or NONE.",
            required=True,
            example=["CMD", "node", "healthcheck.js"],
        ),
        Field("interval_seconds", Number(minimum=1), "Seconds between two tests.", default=30),
        Field("timeout_seconds", Number(minimum=1), "The limit of one test, in seconds.", default=5),
        Field("retries", Number(minimum=1), "Failed tests in a row that make it unhealthy.", default=3),
        Field(
            "start_period_seconds",
            Number(minimum=0),
            "Seconds at the start in which failures do not count.",
            default=10,
        ),
    ),
)

RESOURCES = Record(
    "resources",
    "Limits of the container.",
    (
        Field("memory", n.BYTES, "Memory.", example="256m"),
        Field("cpus", Number(whole=False, above=0), "Processor cores, in parts or whole.", example=0.5),
        Field("pids", Number(minimum=1), "Processes and threads.", example=100),
    ),
)

MOUNT = Record(
    "mount",
    "A volume of the manifest at a path of the container.",
    (
        Field("volume", n.NAME, "A key of `volumes`.", required=True, example="uploads"),
        Field("target", n.ABSOLUTE_PATH, "The path in the container.", required=True, example="/srv/uploads"),
        Field("read_only", Boolean(), "Mounts it for reading only.", default=False),
    ),
)

ACTIVATION = Record(
    "activation",
    "How the module goes live.",
    (
        Field(
            "strategy",
            Text("a strategy", allowed=(RECREATE, BLUE_GREEN)),
            "`recreate` replaces the container (a short stop); `blue_green` brings the new one up beside the old.",
            default=RECREATE,
        ),
        Field(
            "health_timeout_seconds",
            Number(minimum=1, maximum=3600),
            "Seconds that the health check may take to pass.",
            default=60,
        ),
        Field(
            "observe_seconds",
            Number(minimum=0, maximum=3600),
            "Seconds it is watched after the switch.",
            default=2,
        ),
    ),
)

MODULE = Record(
    "module",
    "One image, one service. The key is the module's name.",
    (
        Field(
            "image",
            n.IMAGE_BY_DIGEST,
            "The image by its full digest. build.yml pins it.",
            required=True,
            example="registry.example.com/mint/artwork@sha256:" + "0" * 64,
        ),
        Field(
            "revision",
            n.FULL_REVISION,
            "The commit that the image was built from; the image's revision label must say the same. "
            "Required unless `third_party`.",
            example="0" * 40,
        ),
        Field(
            "third_party",
            Boolean(),
            "An image of others (a stock Postgres): it has no revision and no build.",
            default=False,
        ),
        Field(
            "service",
            n.SERVICE_NAME,
            "The service in the compose file.",
            default_doc="the module's name",
            example="files-api",
        ),
        Field("build", BUILD, "How build.yml makes the image."),
        Field("ports", ListOf(PORT), "Published ports.", default=[]),
        Field(
            "depends_on",
            ListOf(n.NAME),
            "Modules that must be up before this one.",
            default=[],
            example=["artwork"],
        ),
        Field("health", HEALTH, "The question that tells whether it is up."),
        Field(
            "smoke",
            ListOf(CHECK),
            "Questions about behaviour, asked in this order after it is healthy.",
            default=[],
        ),
        Field("healthcheck", HEALTHCHECK, "The container's own health check."),
        Field(
            "environment",
            MapOf(n.VARIABLE_NAME, VARIABLE, of="variable"),
            "The variables of its container.",
            default={},
        ),
        Field("resources", RESOURCES, "Limits.", default={}),
        Field("read_only", Boolean(), "Makes the container's root filesystem read-only.", default=False),
        Field(
            "tmpfs",
            ListOf(n.TMPFS),
            "Paths in memory, writable beside a read-only root.",
            default=[],
            example=["/tmp"],
        ),
        Field("user", n.USER, "The user that it runs as.", default_doc="the image's", example="1000:1000"),
        Field(
            "command",
            ListOf(Text("text", multiline=True, empty=True)),
            "Replaces the image's command.",
            default=[],
            default_doc="the image's",
        ),
        Field(
            "stop_grace_seconds",
            Number(minimum=0, maximum=3600),
            "Seconds between SIGTERM and SIGKILL.",
            default=10,
        ),
        Field(
            "networks",
            ListOf(n.NAME),
            "Keys of `networks`, beside the stack's own network.",
            default=[],
            example=["database"],
        ),
        Field("volumes", ListOf(MOUNT), "Mounted volumes.", default=[]),
        Field("activation", ACTIVATION, "How it goes live.", default={}),
    ),
)

ATTACHMENT = Record(
    "network or volume",
    "An external one exists before the release, and is never made or removed.",
    (
        Field(
            "name",
            n.ATTACHMENT_NAME,
            "Its name in the Docker Engine.",
            default_doc="the key",
            example="mint-database",
        ),
        Field(
            "external", Boolean(), "Exists outside of the stack. `false` lets Compose make it.", default=True
        ),
    ),
)

ENDPOINT = Record(
    "endpoint",
    "A TCP endpoint that the host must reach before anything is changed.",
    (
        Field("name", n.LINE, "What it is called in messages. Unique.", required=True, example="postgres"),
        Field("host", n.HOST, "Host name or IP address.", required=True, example="db.example.com"),
        Field("port", _PORT, "TCP port.", required=True, example=5432),
    ),
)

MIGRATION = Record(
    "migration",
    "A change of data that belongs to this manifest.",
    (
        Field("id", n.NAME, "Its name. Unique.", required=True, example="0001-seed-metadata"),
        Field("module", n.NAME, "The module whose image runs it.", required=True, example="artwork"),
        Field(
            "kind",
            Text("a kind of migration", allowed=("reversible", "expand_contract", "irreversible")),
            "`reversible` has a way back, `expand_contract` works with the old and the new revision, "
            "`irreversible` makes a rollback impossible.",
            required=True,
        ),
        Field(
            "forward",
            _ARGUMENTS,
            "The command that migrates.",
            required=True,
            example=["node", "dist/migrate.js", "up"],
        ),
        Field(
            "reverse",
            ListOf(Text("text", multiline=True, empty=True)),
            "The command that takes it back. Required when `reversible`.",
            default=[],
            example=["node", "dist/migrate.js", "down"],
        ),
    ),
)

POLICY = Record(
    "policy",
    "What one environment asks for. The key is the environment's name.",
    (
        Field(
            "gates",
            MapOf(n.LINE, Text("a mode", allowed=(ENFORCE, REPORT)), of="gate"),
            "Gates and their mode: `enforce` refuses the promotion, `report` only says so.",
            default={},
            default_doc="every gate enforces",
            example={"disk": "report"},
        ),
        Field(
            "fleet",
            Text("a fleet policy", allowed=(TAKE_BACK, STOP)),
            "When a host fails: `take_back` every host already switched, or `stop` there.",
            default=TAKE_BACK,
        ),
        Field(
            "rollback_secrets",
            Text("a choice of secrets", allowed=("release", "current")),
            "A rollback uses the secrets of its release, or the current ones.",
            default="release",
        ),
    ),
)

STACK = Record(
    "stack",
    "What is promoted.",
    (
        Field(
            "name",
            n.STACK_NAME,
            "Its name, and that of its folder on a host.",
            required=True,
            example="mint-modules",
        ),
        Field(
            "project",
            n.PROJECT_NAME,
            "The compose project.",
            default_doc="the stack's name",
            example="mint-modules",
        ),
    ),
)

SOURCE = Record(
    "source",
    "Where the code comes from.",
    (
        Field(
            "repository",
            n.GIT_ADDRESS,
            "The git repository.",
            required=True,
            example="https://git.example.com/mint/mint-modules.git",
        ),
        Field(
            "revision",
            n.FULL_REVISION,
            "The commit that this manifest describes. build.yml pins it.",
            required=True,
            example="0" * 40,
        ),
    ),
)

RETENTION = Record(
    "retention",
    "What stays on a host.",
    (
        Field(
            "releases",
            Number(minimum=0, maximum=1000),
            "Known-good releases kept beside the live and the previous one.",
            default=5,
        ),
    ),
)

COMPOSE = Record(
    "compose",
    "The team's own compose file, kept as it is, with a generated overlay that pins the images.",
    (
        Field(
            "file",
            n.RELATIVE_PATH,
            "The compose file, relative to the root of the repository.",
            required=True,
            example="compose.yaml",
        ),
    ),
)

MANIFEST = Record(
    "manifest",
    "What shall go live.",
    (
        Field(
            "schema",
            Number(minimum=SCHEMA_VERSION, maximum=SCHEMA_VERSION),
            "The version of this schema.",
            required=True,
            example=SCHEMA_VERSION,
        ),
        Field("stack", STACK, "What is promoted.", required=True),
        Field("source", SOURCE, "Where the code comes from.", required=True),
        Field("retention", RETENTION, "What stays on a host.", default={}),
        Field(
            "compose",
            COMPOSE,
            "The team's own compose file.",
            default_doc="the compose file is rendered from the modules",
        ),
        Field(
            "modules", MapOf(n.NAME, MODULE, minimum=1, of="module"), "The modules by name.", required=True
        ),
        Field(
            "networks",
            MapOf(n.NAME, ATTACHMENT, of="network"),
            "Networks beside the stack's own.",
            default={},
        ),
        Field("volumes", MapOf(n.NAME, ATTACHMENT, of="volume"), "Volumes that modules mount.", default={}),
        Field("reachability", ListOf(ENDPOINT), "What every host must reach.", default=[]),
        Field("migrations", ListOf(MIGRATION), "Changes of data.", default=[]),
        Field(
            "gates",
            ListOf(CHECK),
            "Own checks that must pass before a promotion. HTTP by `url`, or commands of the host.",
            default=[],
        ),
        Field(
            "policy",
            MapOf(n.NAME, POLICY, of="environment"),
            "What each environment asks for.",
            default={},
            default_doc="the defaults suit one person with one host",
        ),
    ),
)
