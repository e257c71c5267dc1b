# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that says how the project itself is looked after."""

from __future__ import annotations

from .._gates.loops import LOOP_ID
from .._schema.fields import Field, ListOf, Record, Text
from . import notation as n
from .model import AUTHORITY_CHECKS

_REF = Text("a name that git takes", r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")

LOOPS = Record(
    "loops",
    "Where open work is kept, in the repository: the gates `loops` and `gaps` refuse a promotion beside open work.",
    (
        Field(
            "folder",
            n.RELATIVE_PATH,
            "The folder of the scope files `LOOP-<NAME>-<YYYYMMDD>.scope.md`.",
            default_doc="no gate `loops`",
            example="docs/loops",
        ),
        Field("gaps", n.RELATIVE_PATH, "The gap registry.", default_doc="no gate `gaps`", example="ops/gaps.yaml"),
        Field(
            "own",
            Text("the id of a loop: LOOP-<NAME>-<YYYYMMDD>", "^" + LOOP_ID.replace("?P<day>", "") + "$"),
            "The loop that the promotion belongs to. It may be open.",
            example="LOOP-SHOP-TO-PROD-20260131",
        ),
    ),
)

AUTHORITY = Record(
    "authority",
    "Checks on the repository, which together say whether the project is governed: the gate `authority`.",
    (
        Field("branch", _REF, "The protected branch that holds what is promoted.", default="main"),
        Field("remote", _REF, "The git remote that the branch is on.", default="origin"),
        Field(
            "checks",
            ListOf(Text("a check", allowed=AUTHORITY_CHECKS), minimum=1),
            "`clean`: nothing uncommitted. `pushed`: the remote has the revision. `protected`: so has the branch. "
            "`signed`: the commit has a good signature. `owners`: a file names owners. `env_files`: `.env.prod` and "
            "its like are ignored and untracked. `secrets`: no secret was added since the last tag.",
            default=list(AUTHORITY_CHECKS),
            default_doc="all of them",
            example=["clean", "pushed", "protected"],
        ),
    ),
)

_PUBLIC_KEY = Text(
    "a public key, Ed25519 or ECDSA: PEM, or one line as in a .pub file of OpenSSH",
    r"^(?:-----BEGIN PUBLIC KEY-----\n|ssh-ed25519 |ecdsa-sha2-nistp(?:256|384|521) )",
    multiline=True,
)

ATTESTATIONS = Record(
    "attestations",
    "For every image, but those of others, there is an in-toto statement that names its digest and that one of these "
    "keys has signed: the gate `provenance:attestations`.",
    (
        Field(
            "folder",
            n.RELATIVE_PATH,
            "The folder of the DSSE envelopes: files `*.json`, or `*.jsonl` with one a line.",
            required=True,
            example="attestations",
        ),
        Field(
            "keys",
            ListOf(_PUBLIC_KEY, minimum=1),
            "Whose signature counts.",
            required=True,
            example=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8rX0dO6bYyCdhr9tqM9NUoCqRBPmKKI0SCsSN5bVJ0 ci"],
        ),
        Field(
            "predicate_types",
            ListOf(n.LINE),
            "What the statement may be about.",
            default=[],
            default_doc="anything",
            example=["https://slsa.dev/provenance/v1"],
        ),
    ),
)
