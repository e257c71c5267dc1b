# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All statements in one table. The validator, docs/receipts/*.schema.json and docs/receipts.md come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from .._schema.fields import Field, ListOf, Record, Text
from . import notation as n
from .schema_deployment import DEPLOYMENT
from .schema_gate import GATE, VERDICT
from .schema_later import ACCEPTANCE, CLOSING
from .schema_trust import APPROVAL, KEY

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
GATE_PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
VERDICT_PREDICATE = "https://slsa.dev/verification_summary/v1"
DEPLOYMENT_PREDICATE = "https://mint.promotion/deployment/v0.1"
APPROVAL_PREDICATE = "https://mint.promotion/approval/v0.1"
KEY_PREDICATE = "https://mint.promotion/key/v0.1"
ACCEPTANCE_PREDICATE = "https://mint.promotion/acceptance/v0.1"
CLOSING_PREDICATE = "https://mint.promotion/closing/v0.1"


@dataclass(frozen=True)
class StatementKind:
    """`name` is that of its documents; `about` says what its subjects are."""

    name: str
    predicate_type: str
    predicate: Record
    about: str

    @property
    def record(self) -> Record:
        """The whole statement: Statement v1 of the in-toto attestation framework (spec/v1/statement.md)."""
        return Record(
            f"{self.name} statement",
            f"An in-toto Statement of the type `{self.predicate_type}`.",
            (
                Field("_type", Text(allowed=(STATEMENT_TYPE,)), "The version of the statement.", required=True),
                Field("subject", ListOf(n.SUBJECT, minimum=1), self.about, required=True),
                Field("predicateType", Text(allowed=(self.predicate_type,)), "What it says.", required=True),
                Field("predicate", self.predicate, "The predicate, below.", required=True),
            ),
        )


_RUN = (
    "The images by digest and the manifest. Without a manifest, as in a rollback, the request: the canonical JSON of "
    "`runKey`, `action`, `environment`, `stack` and `release` (what was asked for, or empty)."
)
STATEMENTS: Tuple[StatementKind, ...] = (
    StatementKind("gate", GATE_PREDICATE, GATE, _RUN),
    StatementKind("verdict", VERDICT_PREDICATE, VERDICT, _RUN),
    StatementKind("deployment", DEPLOYMENT_PREDICATE, DEPLOYMENT, _RUN),
    StatementKind("approval", APPROVAL_PREDICATE, APPROVAL, "The manifest that is approved of."),
    StatementKind("key", KEY_PREDICATE, KEY, "The text of the public key."),
    StatementKind("acceptance", ACCEPTANCE_PREDICATE, ACCEPTANCE, "The manifest that went live."),
    StatementKind("closing", CLOSING_PREDICATE, CLOSING, "The scope file of the loop."),
)
