# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How digests, times, run keys and the like are written in a statement."""

from __future__ import annotations

from typing import Tuple

from .._gates.model import FAILED, INCONCLUSIVE, PASSED
from .._manifest.model import ENFORCE, REPORT
from .._schema.fields import Field, Kind, ListOf, Nullable, Number, Record, Text
from .model import CHANGE_PACK_NAME, EVIDENCE_FILE, MANIFEST_FILE, OUTPUT_FILE, RENDERING_FILE
from .run_key import ANY_RUN_KEY, OWN_RUN_KEY

# RFC 3339, section 5.6, in UTC. The grammar takes the days and hours that exist; the validator asks the calendar too.
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z"

FILES = (EVIDENCE_FILE, MANIFEST_FILE, OUTPUT_FILE, RENDERING_FILE)
FILE_NAME = "|".join((*(name.replace(".", "[.]") for name in FILES), CHANGE_PACK_NAME))
LINE = Text("text on one line", empty=True)
NAME = Text("text on one line")
PROSE = Text("text", multiline=True, empty=True)
TIME = Text("a time as RFC 3339 writes it, in UTC", rf"^{_TIME}$")
TIME_OR_NOTHING = Text("a time as RFC 3339 writes it, in UTC, or an empty text", rf"^(?:{_TIME})?$", empty=True)
RUN_KEY = Text("a run key, as CAP-20260212-011314__spine.verify__R1onr74009", f"^{OWN_RUN_KEY}$")
RUN_KEY_OR_NOTHING = Text("a run key, or an empty text", f"^(?:{OWN_RUN_KEY})?$", empty=True)
PARENT_RUN_KEY = Text("a run key, perhaps without __R<id>, or an empty text", f"^(?:{ANY_RUN_KEY})?$", empty=True)
SECONDS = Number(whole=False, minimum=0)
VERDICT = Text(allowed=(PASSED, FAILED, INCONCLUSIVE))
MODE = Text(allowed=(ENFORCE, REPORT))
HOST_NAMES = ListOf(NAME)

SHA256 = Record(
    "sha256 digest",
    "A DigestSet of in-toto with one digest, in full.",
    (Field("sha256", Text("64 hexadecimal digits", r"^[a-f0-9]{64}$"), "Of the exact bytes.", required=True),),
)
GIT_COMMIT = Record(
    "git commit",
    "A DigestSet of in-toto with one git commit, in full.",
    (
        Field(
            "gitCommit",
            Text("40 (or 64) hexadecimal digits", r"^(?:[a-f0-9]{40}|[a-f0-9]{64})$"),
            "The object name of the commit.",
            required=True,
        ),
    ),
)


def fields(*rows: Tuple[str, Kind, str]) -> Tuple[Field, ...]:
    """Make fields that are always there, of name, kind and meaning: a statement leaves no key out."""
    return tuple(Field(name, kind, doc, required=True) for name, kind, doc in rows)


SUBJECT = Record(
    "subject",
    "What the statement is about (a ResourceDescriptor of in-toto).",
    fields(
        ("name", NAME, "The repository of an image, the path of a manifest, the name of a request or key."),
        ("digest", SHA256, "Its digest."),
    ),
)
FILE = Record(
    "file",
    "A file beside the receipt, in the folder of its run.",
    fields(
        (
            "name",
            Text(f"{', '.join(FILES)}, change-pack.md or <loop id>.changepack.md", f"^(?:{FILE_NAME})$"),
            "Its name.",
        ),
        ("digest", SHA256, "The digest of its bytes."),
    ),
)
RECEIPT = Record(
    "receipt",
    "A receipt of the ledger.",
    fields(
        ("uri", NAME, "`mint.promotion:receipt/` and the digest."),
        ("digest", SHA256, "The digest of its line in the ledger, without the newline."),
    ),
)
MANIFEST = Record(
    "promoted manifest",
    "The manifest, whose exact bytes are in manifest.yml beside the receipt.",
    fields(("uri", NAME, "Where it lay when the run began."), ("digest", SHA256, "The digest of its exact bytes.")),
)
MANIFEST_OR_NULL = Nullable(MANIFEST)
