# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The schema of the promotion manifest, version 1, as one table.

The validator, the JSON Schema (docs/promotion.schema.json) and the reference (docs/manifest.md) come from it.
"""

from __future__ import annotations

from .._schema.fields import Boolean, Field, ListOf, MapOf, Number, Record, Text
from . import notation as n
from .model import BUILD, ENFORCE, REGISTRY, REPORT, SSH
from .policy_model import STOP, TAKE_BACK
from .schema_approvals import FIELDS as APPROVAL_FIELDS
from .schema_capabilities import CAPABILITY
from .schema_checks import CHECK
from .schema_compose import COMPOSE
from .schema_governance import ATTESTATIONS, AUTHORITY, LOOPS
from .schema_migrations import MIGRATION
from .schema_module import MODULE
from .schema_preflight import PREFLIGHT
from .schema_recert import RECERT

SCHEMA_VERSION = 1

ATTACHMENT = Record(
    "network or volume",
    "An external one exists before the release, and is never made or removed.",
    (
        Field(
            "name",
            n.ATTACHMENT_NAME,
            "Its name in the Docker Engine.",
            default_doc="the key; with `external: false` the project, `_` and the key",
            example="mint-database",
        ),
        Field("external", Boolean(), "Exists outside of the stack. `false` lets Compose make it.", default=True),
    ),
)

ENDPOINT = Record(
    "endpoint",
    "A TCP endpoint that the host must reach before anything is changed.",
    (
        Field("name", n.LINE, "What it is called in messages. Unique.", required=True, example="postgres"),
        Field("host", n.HOST, "Host name or IP address.", required=True, example="db.example.com"),
        Field("port", n.PORT_NUMBER, "TCP port.", required=True, example=5432),
    ),
)

POLICY = Record(
    "policy",
    "What one environment asks for. The key is the environment's name.",
    (
        Field(
            "gates",
            MapOf(n.LINE, Text("a mode", allowed=(ENFORCE, REPORT)), of="gate"),
            "Gates and their mode: `enforce` refuses the promotion, `report` only says so. A name before a colon "
            "covers all gates that begin with it: `recert` for `recert:artwork:test`.",
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
        *APPROVAL_FIELDS,
        Field("preflight", PREFLIGHT, "What a host must be like before it is changed.", default={}),
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
        Field(
            "image_source",
            Text("a source of images", allowed=(REGISTRY, BUILD, SSH)),
            "How images come to a host: it pulls them from their `registry`, it makes them itself (`build`) from an "
            "archive of the revision, or they come from the control node (`ssh`); both over the SSH connection.",
            default=REGISTRY,
        ),
        Field("retention", RETENTION, "What stays on a host.", default={}),
        Field(
            "compose",
            COMPOSE,
            "The team's own compose files.",
            default_doc="the compose file is rendered from the modules",
        ),
        Field("modules", MapOf(n.NAME, MODULE, minimum=1, of="module"), "The modules by name.", required=True),
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
            "Own checks that must pass before a promotion: HTTP by `url`, or commands. Each host asks them, or with "
            "`run_from: control` the control node once, in the folder that Ansible runs in.",
            default=[],
        ),
        Field(
            "capabilities",
            ListOf(CAPABILITY),
            "Commands of the control node that must pass before a promotion, and again after it.",
            default=[],
        ),
        Field("recert", RECERT, "How the modules' `recert` steps run.", default={}),
        Field("loops", LOOPS, "Where open work is kept.", default_doc="no gates `loops` and `gaps`"),
        Field("authority", AUTHORITY, "Checks on the repository.", default_doc="no gate `authority`"),
        Field(
            "attestations",
            ATTESTATIONS,
            "What has to be signed about every image.",
            default_doc="no gate `provenance:attestations`",
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
