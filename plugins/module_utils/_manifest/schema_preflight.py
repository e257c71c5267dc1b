# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of the manifest's schema that says what a host must be like before it is changed."""

from __future__ import annotations

from .._schema.fields import Field, Number, Record, Text
from . import notation as n
from .policy_model import ADOPT, ANY, REFUSE, REQUIRED, Preflight

_DEFAULT = Preflight()
_YEAR = 366 * 24 * 3600
_MINIMUM = Text("a minimum version: >=24.0", r"^>=[0-9]+(?:\.[0-9]+)*$")

BACKUP = Record(
    "backup",
    "How a host tells when it was backed up last: by a file, or by a command. A host with an older one, or "
    "with none, is refused.",
    (
        Field(
            "file",
            Text("an absolute path on the host, perhaps with * in it", r"^/(?!(?:.*/)?\.\.(?:/|$)).*$"),
            "The backup, or a file that each backup touches: the time of its last change counts. Of several files that "
            "a pattern fits, the newest does.",
            example="/var/backups/postgres-*.dump",
        ),
        Field(
            "command",
            n.ARGUMENTS,
            "Runs on the host, without a shell, and prints the time of the last backup as its last line: RFC 3339 with "
            "a zone, or seconds since 1970.",
            example=["/usr/local/bin/last-backup", "--time"],
        ),
        Field(
            "max_age_seconds",
            Number(whole=False, above=0, maximum=_YEAR),
            "How long ago it may be.",
            required=True,
            example=86400,
        ),
        Field(
            "timeout_seconds",
            Number(whole=False, above=0, maximum=300),
            "How long the command may take.",
            default=30,
        ),
    ),
    one_of=(("file", "command"),),
)

PREFLIGHT = Record(
    "preflight",
    "What a host must be like before a promotion changes it. A rollback is never held up by it.",
    (
        Field(
            "clock_skew_seconds",
            Number(whole=False, above=0, maximum=3600),
            "By how much its clock may differ from that of the control node.",
            default=_DEFAULT.clock_skew_seconds,
        ),
        Field("backup", BACKUP, "That it was backed up lately.", default_doc="not asked"),
        Field(
            "drift",
            Text("a way with drift", allowed=(REFUSE, ADOPT)),
            "What happens where the live release is not as it was promoted: `refuse` the promotion, or `adopt` the "
            "host as it is, and replace what differs.",
            default_doc="it is reported, and the promotion replaces what differs",
        ),
        Field("engine", _MINIMUM, "The Docker Engine.", default=_DEFAULT.engine, example=">=24.0"),
        Field("compose", _MINIMUM, "The Compose plugin.", default=_DEFAULT.compose, example=">=2.20"),
        Field(
            "previous",
            Text("a way back", allowed=(REQUIRED, ANY)),
            "What a later rollback could go to: `required` asks for the release that is live now, with its files and "
            "images; for `any` another known good one will do.",
            default=_DEFAULT.previous,
        ),
        Field(
            "disk_margin_bytes",
            Number(minimum=0, maximum=2**50),
            "Free space that must be left when the images are here.",
            default=_DEFAULT.disk_margin_bytes,
        ),
    ),
)
