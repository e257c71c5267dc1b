# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that describes one module."""

from __future__ import annotations

from .._schema.fields import Boolean, Field, ListOf, MapOf, Number, Record, Text
from . import notation as n
from .model import BLUE_GREEN, RECREATE
from .schema_checks import CHECK, HEALTH
from .schema_recert import STEP

PORT = Record(
    "port",
    "A port of the container that the host publishes.",
    (
        Field("published", n.PORT_NUMBER, "The port on the host.", required=True, example=3500),
        Field("target", n.PORT_NUMBER, "The port in the container.", required=True, example=3500),
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
        Field("dockerfile", n.RELATIVE_PATH, "The Dockerfile, relative to the context.", default="Dockerfile"),
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
            n.ARGUMENTS,
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
            "The image by its full digest. build.yml pins it. With `image_source: build` a module with `build` names "
            "its repository only: each host has an image of its own.",
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
        Field("recert", ListOf(STEP), "What certifies its revision before a promotion, in this order.", default=[]),
    ),
)
