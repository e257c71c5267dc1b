# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts that several statements share: subjects, digests, references to files and receipts (pure)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._data import canonical_json, sha256_digest
from .model import EVIDENCE_FILE, MANIFEST_FILE, Run
from .text import recordable

SCHEME = "mint.promotion:"  # of the URIs that this collection gives names of its own to (RFC 3986, section 3.1)

Data = Dict[str, Any]


def digest_set(text: str) -> Data:
    """Turn `sha256:<hex>` into a DigestSet of in-toto."""
    kind, _colon, value = text.partition(":")
    return {kind: value}


def receipt_of(digest: str) -> Optional[Data]:
    """Refer to a receipt by the digest of its line; an empty one gives None."""
    return {"uri": f"{SCHEME}receipt/{digest}", "digest": digest_set(digest)} if digest else None


def files_of(run: Run, evidence_digest: str, beside: Optional[Mapping[str, str]] = None) -> List[Data]:
    """Name the files beside the receipt that the run was judged by, and those `beside` them, by name and digest."""
    files = {EVIDENCE_FILE: evidence_digest, MANIFEST_FILE: run.manifest_digest, **(beside or {})}
    return [{"name": name, "digest": digest_set(digest)} for name, digest in files.items() if digest]


def manifest_of(run: Run) -> Optional[Data]:
    """Name the manifest and its digest; None where there is none."""
    if not run.manifest_digest:
        return None
    return {"uri": run.manifest_uri, "digest": digest_set(run.manifest_digest)}


def subjects_of(run: Run) -> List[Data]:
    """The artifacts, and the manifest that names them.

    An image that no registry gives has no digest before it is built; the manifest says what it is built from. The
    artifacts of a rollback are known per release only.
    """
    subjects: List[Data] = []
    for module in run.manifest.modules if run.manifest else ():
        subject = {"name": module.repository, "digest": digest_set(module.digest)} if module.digest else None
        if subject is not None and subject not in subjects:
            subjects.append(subject)
    if run.manifest_digest:
        subjects.append({"name": run.manifest_uri, "digest": digest_set(run.manifest_digest)})
    return subjects or [_request(run)]


def _request(run: Run) -> Data:
    """A statement needs a subject (in-toto Statement v1); without artifacts it is the request as it was made."""
    request = {
        "runKey": run.key,
        "action": run.action,
        "environment": run.environment,
        "stack": run.stack,
        "release": run.selector,
    }
    return {"name": f"request {run.key}", "digest": digest_set(sha256_digest(canonical_json(recordable(request))))}
