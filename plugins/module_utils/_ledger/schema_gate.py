# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The statements of the gate: what one gate found, and the verdict over all."""

from __future__ import annotations

from .._gates.model import FAILED, PASSED
from .._schema.fields import Field, ListOf, MapOf, Nullable, Number, Record, Text
from . import notation as n

WARNED = "WARNED"
LEVEL = "MINT_PROMOTION_GATES"  # ours: SLSA keeps names that begin with SLSA_ to itself (VSA v1, SlsaResult)

COMMAND_RUN = Record(
    "command run",
    "A command that a gate ran on the control node. What it wrote lies in output.txt in the folder of this run.",
    n.fields(
        ("runKey", n.RUN_KEY, "Its own run key."),
        ("argv", ListOf(n.PROSE, minimum=1), "The command and its arguments."),
        ("exitCode", Nullable(Number()), "How it ended; null where its time limit ended it."),
        ("seconds", n.SECONDS, "How long it ran."),
        ("output", n.SHA256, "Of output.txt: what it wrote, secret values masked."),
    ),
)
FINDING = Record(
    "finding",
    "What a gate found on one host, or on the control node: then all fields are there.",
    (
        *n.fields(
            ("host", n.NAME, "The host, as the inventory names it; `control` for the control node."),
            ("verdict", n.VERDICT, "INCONCLUSIVE: it could not be told."),
            ("found", n.PROSE, "What was observed."),
            ("wanted", n.PROSE, "What the gate asks for."),
        ),
        Field("seconds", n.SECONDS, "How long it was judged."),
        Field("counts", n.LINE, "Of tests: how many passed of how many; else empty."),
        Field("inputs", Nullable(n.SHA256), "Of all that the answer depends on; null for one that is not used again."),
        Field("reused", Nullable(n.RECEIPT), "The earlier receipt of this gate that satisfied it, with equal inputs."),
        Field("run", Nullable(COMMAND_RUN), "The command that it stands on."),
    ),
)

GATE = Record(
    "gate predicate",
    "One gate of one run, over all its hosts. The tests are the hosts, by name.",
    n.fields(
        ("result", Text(allowed=(PASSED, WARNED, FAILED)), "WARNED: not passed, and the policy only wants a report."),
        ("configuration", ListOf(n.FILE, minimum=1), "What it was judged by: evidence.json and, if any, manifest.yml."),
        ("passedTests", n.HOST_NAMES, "The hosts where it passed."),
        ("warnedTests", n.HOST_NAMES, "The hosts where it did not pass, in mode `report`."),
        ("failedTests", n.HOST_NAMES, "The hosts where it did not pass, in mode `enforce`."),
        ("verdict", n.VERDICT, "Ours: as `result`, and tells what failed from what could not be told."),
        ("gate", n.NAME, "Ours: the name of the gate."),
        ("mode", n.MODE, "Ours: whether it can stop a run."),
        ("runKey", n.RUN_KEY, "Ours: the run."),
        ("environment", n.NAME, "Ours: the environment."),
        ("stack", n.NAME, "Ours: the stack."),
        ("found", ListOf(FINDING, minimum=1), "Ours: what was found on each host."),
        ("recordedOn", n.TIME, "Ours: when it was judged, by the clock of the control node."),
    ),
)

VERIFIER = Record(
    "verifier",
    "Who took the decision. Whom to trust is a matter of the key that signed.",
    n.fields(
        ("id", n.NAME, "`https://mint.promotion/gate`."),
        ("version", MapOf(n.NAME, n.NAME, of="component"), "The version of this collection."),
    ),
)
POLICY = Record(
    "policy used",
    "What the run was judged by.",
    n.fields(
        ("uri", n.NAME, "`mint.promotion:policy/` and the environment."),
        ("digest", n.SHA256, "Of the manifest, which says the policy; in a rollback of the canonical default policy."),
    ),
)
APPROVALS = Record(
    "approvals wanted",
    "How many of which people have to approve. The requester never counts.",
    n.fields(
        ("threshold", Number(minimum=1), "How many, from 1 up to the number of principals."),
        ("principals", ListOf(n.NAME, minimum=1), "The people, as allowed_signers names them. Each is named once."),
        (
            "irreversible",
            ListOf(n.NAME),
            "The migrations of the manifest that nothing takes back. An approval that does not name them counts for "
            "nothing.",
        ),
    ),
)

VERDICT = Record(
    "verdict predicate",
    "The gate's decision about one run.",
    n.fields(
        ("verifier", VERIFIER, "Who decided."),
        ("timeVerified", n.TIME, "When, by the clock of the control node."),
        ("resourceUri", n.NAME, "`mint.promotion:stack/`, the stack, `/`, the environment."),
        ("policy", POLICY, "The policy of the environment."),
        ("inputAttestations", ListOf(n.RECEIPT, minimum=1), "All gates of the run and all approvals that it used."),
        ("verificationResult", Text(allowed=(PASSED, FAILED)), "PASSED lets the run go on."),
        ("verifiedLevels", ListOf(Text(allowed=(LEVEL, FAILED)), minimum=1), f"`{LEVEL}`, or `FAILED` on refusal."),
        ("verdict", n.VERDICT, "Ours: as `verificationResult`, and tells what failed from what could not be told."),
        ("runKey", n.RUN_KEY, "Ours: the run."),
        ("environment", n.NAME, "Ours: the environment that the decision holds for."),
        ("stack", n.NAME, "Ours: the stack."),
        ("manifest", n.MANIFEST_OR_NULL, "Ours: the manifest that it holds for; null in a rollback."),
        ("approvals", Nullable(APPROVALS), "Ours: null where the policy asks for none."),
    ),
)
