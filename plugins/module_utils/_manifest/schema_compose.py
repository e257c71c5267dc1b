# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that describes the team's own compose files."""

from __future__ import annotations

from .._schema.fields import Field, ListOf, MapOf, Record
from . import notation as n
from .schema_module import VARIABLE

COMPOSE_VARIABLE = Record(
    "compose variable",
    "A value that the compose files interpolate as `${NAME}`. The key is its name, there and in `promotion_values`.",
    tuple(field for field in VARIABLE.fields if field.name != "from"),
)

COMPOSE = Record(
    "compose",
    "The team's own compose files. A release carries them byte for byte, with the files that they name, as they are at "
    "`source.revision`; a generated overlay pins the images and adds labels.",
    (
        Field(
            "files",
            ListOf(n.RELATIVE_PATH, minimum=1),
            "The compose files, relative to the root of the repository, merged in this order.",
            required=True,
            example=["compose.yaml", "compose.prod.yaml"],
        ),
        Field(
            "digest",
            n.DIGEST,
            "The digest of all files that are carried. build.yml and pin.yml pin it.",
            required=True,
            example="sha256:" + "0" * 64,
        ),
        Field("profiles", ListOf(n.PROFILE_NAME), "Profiles that are active.", default=[], example=["prod"]),
        Field(
            "directory",
            n.HOST_DIRECTORY,
            "The project directory on the host, where the first file's folder lies: relative paths begin there. It is "
            "the same for every release.",
            default_doc="`project/` in the stack's folder, and in it the folder of the first file",
            example="/srv/shop",
        ),
        Field(
            "variables",
            MapOf(n.VARIABLE_NAME, COMPOSE_VARIABLE, of="variable"),
            "Values that the files interpolate. Those of the modules' `environment` are there by their source names.",
            default={},
        ),
    ),
)
