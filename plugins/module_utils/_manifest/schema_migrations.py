# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Migrations in the schema of the promotion manifest."""

from __future__ import annotations

from .._schema.fields import Boolean, Field, ListOf, Number, Record, Text
from . import notation as n
from .model import EXPAND_CONTRACT, IRREVERSIBLE, REVERSIBLE

LONGEST_SECONDS = 24 * 3600

_OPTIONAL_ARGUMENTS = ListOf(n.BLOCK)

MIGRATION = Record(
    "migration",
    "A change of data that belongs to this manifest. Its commands run in a container of their own, of the module's "
    "image and with the module's environment and networks, while the old release is still serving.",
    (
        Field("id", n.NAME, "Its name. Unique, and the same in every later manifest.", required=True, example="0001"),
        Field("module", n.NAME, "The module whose image runs it.", required=True, example="artwork"),
        Field(
            "kind",
            Text("a kind of migration", allowed=(REVERSIBLE, EXPAND_CONTRACT, IRREVERSIBLE)),
            "`reversible` has a way back, `expand_contract` works with the old and the new revision, "
            "`irreversible` has none: people have to approve of it, and no rollback goes to an earlier release.",
            required=True,
        ),
        Field(
            "forward",
            n.ARGUMENTS,
            "The command that migrates. What it does holds as a whole or not at all when it ends with an exit code.",
            required=True,
            example=["node", "dist/migrate.js", "up"],
        ),
        Field(
            "reverse",
            _OPTIONAL_ARGUMENTS,
            "The command that takes it back. Required when `reversible`.",
            default=[],
            example=["node", "dist/migrate.js", "down"],
        ),
        Field(
            "applied",
            _OPTIONAL_ARGUMENTS,
            "The command that asks the database: exit code 0 when the migration is there, 1 when it is not, any other "
            "when that could not be told. Without it the host's journal is asked, which knows this host only.",
            default=[],
            example=["node", "dist/migrate.js", "applied"],
        ),
        Field(
            "idempotent",
            Boolean(),
            "Whether `forward` may run again where it is not known whether it has run.",
            default=False,
        ),
        Field(
            "timeout_seconds",
            Number(above=0, maximum=LONGEST_SECONDS),
            "How long each of its commands may take, in seconds.",
            default=300,
        ),
    ),
)
