# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The statements of a run: what is about to be done (intent), and what became of it (outcome)."""

from __future__ import annotations

from .._schema.fields import Boolean, Field, ListOf, MapOf, Nullable, Record, Text
from . import notation as n
from .model import INTENT, OUTCOME, PROMOTE, ROLLBACK

REQUESTER = Record(
    "requester",
    "Who asked for the run.",
    n.fields(
        ("user", n.PROSE, "The name: `promotion_requester`, else the user of the control node."),
        ("controlNode", n.PROSE, "The host name of the control node."),
    ),
)
SOURCE = Record(
    "source",
    "Where the code comes from.",
    n.fields(("uri", n.NAME, "The repository."), ("digest", n.GIT_COMMIT, "The commit.")),
)
MODULE = Record(
    "deployed module",
    "One module of the manifest.",
    n.fields(
        ("name", n.NAME, "Its name."),
        ("service", n.NAME, "Its service in the compose file."),
        ("image", n.NAME, "The image, by digest where a registry gives it."),
        ("revision", Nullable(n.NAME), "Its git commit; null for a module of others."),
    ),
)
FROM = Record("live manifest", "The manifest that was live.", n.fields(("digest", n.SHA256, "Of its exact bytes.")))
INHERITED = Record(
    "inheritance",
    "What the manifest of a promotion of some modules was composed of.",
    n.fields(
        ("modules", ListOf(n.NAME), "The modules that stay as they were live."),
        ("from", FROM, "Where those come from."),
        ("given", n.MANIFEST, "The manifest that was given."),
    ),
)
STEP = Record(
    "host step",
    "One step as it was observed on the host.",
    n.fields(
        ("name", n.NAME, "The step."),
        ("state", n.NAME, "`done`, `failed`, `undone` or `undo_failed`."),
        ("startedOn", n.LINE, "When it began, by the clock of the host."),
        ("seconds", n.SECONDS, "How long it took."),
        ("observed", MapOf(n.PROSE, n.PROSE, of="subject"), "What was seen, as text."),
    ),
)
FAILURE = Record(
    "failure",
    "Why a step failed.",
    n.fields(
        ("step", n.LINE, "The step."),
        ("message", n.PROSE, "What happened."),
        ("module", n.LINE, "The module that it concerns, or empty."),
        ("check", n.LINE, "The check that it concerns, or empty."),
        ("found", n.PROSE, "What was observed."),
        ("wanted", n.PROSE, "What was wanted."),
        ("remedy", n.PROSE, "What to do next."),
        ("log", ListOf(n.PROSE), "The last lines that the module's container wrote."),
    ),
)
REPORT = Record(
    "host report",
    "What one call did on the host: staging, activation, taking back.",
    n.fields(
        ("outcome", n.NAME, "How the call ended."),
        ("changed", Boolean(), "Whether it changed anything."),
        ("release", Nullable(n.NAME), "The release that it was about."),
        ("from", Nullable(n.NAME), "The release that was live before."),
        ("live", Nullable(n.NAME), "The release that is live after it, as observed."),
        ("manifest", Nullable(n.SHA256), "The manifest of the release."),
        ("seconds", n.SECONDS, "How long it took."),
        ("steps", ListOf(STEP), "Its steps."),
        ("failure", Nullable(FAILURE), "Why it failed."),
        ("notes", ListOf(n.PROSE), "What a person should know: recovered work, expired locks."),
    ),
)
HOST = Record(
    "host",
    "Where one host stands.",
    n.fields(
        ("name", n.NAME, "The host, as the inventory names it."),
        ("outcome", n.LINE, "Where it ended; empty in an intent."),
        ("message", n.PROSE, "Why, where it did not go well."),
        ("from", Nullable(n.NAME), "The release that was live before the run."),
        ("live", Nullable(n.NAME), "The release that is live now, as observed."),
        ("seconds", n.SECONDS, "How long the host was worked on."),
        ("reports", ListOf(REPORT), "What each call did."),
    ),
)
RESULT = Record(
    "gate result",
    "One gate on one host.",
    (
        *n.fields(
            ("gate", n.NAME, "The gate."),
            ("host", n.NAME, "The host; `control` for the control node."),
            ("verdict", n.VERDICT, "Its verdict."),
            ("mode", n.MODE, "Whether it can stop a run."),
            ("found", n.PROSE, "What was observed."),
            ("wanted", n.PROSE, "What the gate asks for."),
            ("remedy", n.PROSE, "What to do next."),
        ),
        Field("seconds", n.SECONDS, "On the control node: how long it was judged."),
        Field("counts", n.LINE, "On the control node: how many tests passed of how many; else empty."),
        Field("reused", Nullable(n.RECEIPT), "On the control node: the earlier receipt that satisfied it."),
    ),
)
GATES = Record(
    "gates",
    "All gates of the run, for its rendering; each is a receipt of its own too.",
    n.fields(("verdict", n.VERDICT, "The decision."), ("results", ListOf(RESULT), "Every gate on every host.")),
)

DEPLOYMENT = Record(
    "deployment predicate",
    "One run in one phase. The intent is recorded before any host is changed, the outcome when the run has ended.",
    n.fields(
        ("runKey", n.RUN_KEY, "The run."),
        ("parentRunKey", n.PARENT_RUN_KEY, "The run of another tool that started this one, or empty."),
        ("phase", Text(allowed=(INTENT, OUTCOME)), "Which of the two this is."),
        ("action", Text(allowed=(PROMOTE, ROLLBACK)), "What was asked for."),
        ("outcome", n.LINE, "The worst outcome of any host in one word; empty in an intent."),
        ("environment", n.PROSE, "The environment."),
        ("stack", n.PROSE, "The stack."),
        ("requester", REQUESTER, "Who asked for it."),
        (
            "requestSignedBy",
            n.LINE,
            "In an outcome: who signed the intent beside the gate, by the name in allowed_signers; else empty.",
        ),
        ("manifest", n.MANIFEST_OR_NULL, "What shall go live; null in a rollback, and where none could be read."),
        ("source", Nullable(SOURCE), "The manifest's source; null without a manifest."),
        ("modules", ListOf(MODULE), "The manifest's modules."),
        ("requestedRelease", n.PROSE, "Of a rollback: what was asked for; empty for the last known good release."),
        ("requestedModules", ListOf(n.PROSE), "Of a promotion of some modules: those that were named."),
        ("inherited", Nullable(INHERITED), "Of a promotion of some modules: where the others come from."),
        ("startedOn", n.TIME, "When the run began, by the clock of the control node."),
        ("finishedOn", n.TIME_OR_NOTHING, "When it ended; empty in an intent."),
        ("recordedOn", n.TIME, "When this was recorded."),
        ("hosts", ListOf(HOST), "Its hosts."),
        ("gates", Nullable(GATES), "What the gates said; null where no host was judged."),
        (
            "files",
            ListOf(n.FILE),
            "evidence.json, manifest.yml and, in the outcome of a promotion, its change pack, as far as there are any.",
        ),
        (
            "renderings",
            ListOf(n.FILE),
            "receipt.md and output.txt beside it, as rendered from the rest; none in an intent.",
        ),
        ("verdictReceipt", Nullable(n.RECEIPT), "The verdict that let the run go on, or stopped it."),
        ("resolves", n.RUN_KEY_OR_NOTHING, "In an outcome that a later run recorded: the run that left none."),
        ("inconclusive", ListOf(n.PROSE), "Why this is no complete proof (a rollback goes on without a ledger)."),
        ("faults", ListOf(n.PROSE), "Why the run was refused, or what failed."),
    ),
)
