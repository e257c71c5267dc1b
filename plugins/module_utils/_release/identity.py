# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name of a release: a digest over everything that makes it what it is."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Optional

from .._data import canonical_json
from .._errors import Refused

RELEASE_ID = re.compile(r"r[0-9a-f]{16}")
_STACK = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_RUN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def release_id(manifest_digest: str, compose_digest: str, env_hmac: str) -> str:
    """Return `r` and 16 hex digits: the same manifest, compose bytes and env give the same id on one host."""
    facts = {"manifest": manifest_digest, "compose": compose_digest, "env": env_hmac}
    return "r" + hashlib.sha256(canonical_json(facts)).hexdigest()[:16]


def env_hmac(key: bytes, content: bytes) -> str:
    """Return the HMAC-SHA256 (RFC 2104) of the env file's bytes in hex.

    It is keyed because a plain digest of a file of secrets can be guessed value by value.
    """
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def is_release_id(text: str) -> bool:
    """Tell whether `text` has the form of a release id."""
    return RELEASE_ID.fullmatch(text) is not None


def is_stack_name(text: str) -> bool:
    """Tell whether `text` can name a stack: it becomes a folder on hosts and a part of image tags."""
    return _STACK.fullmatch(text) is not None


def require_names(stack: str, run_key: Optional[str] = None) -> None:
    """Raise Refused unless both names can be parts of a path: they become folders on the host."""
    if not is_stack_name(stack):
        raise Refused(
            f"The stack name {stack!r} cannot name a folder: wanted {_STACK.pattern}",
            "Correct stack.name in the manifest or promotion_stack in the inventory.",
        )
    if run_key is not None and not _RUN_KEY.fullmatch(run_key):
        raise Refused(
            f"The run key {run_key!r} cannot name a run: wanted {_RUN_KEY.pattern}",
            "Let the playbooks make the run key, or pass one in the form CAP-<YYYYMMDD-HHMMSS>__<capability>__R<id>.",
        )
