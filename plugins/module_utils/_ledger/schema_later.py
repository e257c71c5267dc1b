# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The statements of what comes after a run: a person accepts it; the loop that it closed is committed."""

from __future__ import annotations

from .._schema.fields import ListOf, Record
from . import notation as n

ACCEPTED = Record("accepted manifest", "What went live.", n.fields(("digest", n.SHA256, "Of its bytes.")))

ACCEPTANCE = Record(
    "acceptance predicate",
    "One person accepts one promotion that has gone live. The subject is its manifest.",
    n.fields(
        ("acceptedRun", n.RUN_KEY, "The promotion that is accepted."),
        ("environment", n.NAME, "Its environment."),
        ("stack", n.NAME, "Its stack."),
        ("manifest", ACCEPTED, "Its manifest."),
        ("outcomeReceipt", n.RECEIPT, "The receipt of its outcome, which is in the log before this one."),
        ("acceptedOn", n.TIME, "When what is signed was written, by the clock of the control node."),
        ("reason", n.PROSE, "What the person has to say of it."),
    ),
)

CLOSING = Record(
    "closing predicate",
    "A loop was closed, and this commit holds its scope file: the file cannot name its own commit.",
    n.fields(
        ("loop", n.NAME, "The id of the loop."),
        ("path", n.NAME, "The path of its scope file in the repository."),
        ("file", n.SHA256, "Of the bytes of the scope file."),
        ("commit", n.GIT_COMMIT, "The commit that holds these bytes."),
        (
            "runs",
            ListOf(n.RUN_KEY, minimum=1),
            "The runs that it was closed with. Their outcomes are in the log before.",
        ),
        ("recordedOn", n.TIME, "When, by the clock of the control node."),
    ),
)
