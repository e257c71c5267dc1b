# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that a release carries for compose files of the team's own (pure)."""

from __future__ import annotations

import base64
import binascii
import posixpath
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .._data import canonical_json, sha256_digest
from .._errors import Refused
from .._manifest.model import OwnCompose
from .model import CarriedFile

SIZE_LIMIT = 8 * 1024 * 1024  # bytes, all files together: they travel in the arguments of one module call
COUNT_LIMIT = 500
_FOLDER = "project"  # below the stack's own folder on the host


def carried_digest(files: Sequence[CarriedFile]) -> str:
    """Return sha256:<64 hex> over path, executable bit and bytes of every file: canonical JSON of a list of these."""
    facts = [[one.path, one.executable, sha256_digest(one.content)] for one in _sorted(files)]
    return sha256_digest(canonical_json(facts))


def to_arguments(files: Sequence[CarriedFile]) -> List[Dict[str, Any]]:
    """Return the files as arguments of a module: bytes in base64 (RFC 4648)."""
    return [
        {"path": one.path, "content": base64.b64encode(one.content).decode("ascii"), "executable": one.executable}
        for one in _sorted(files)
    ]


def from_arguments(arguments: Sequence[Mapping[str, Any]]) -> Tuple[CarriedFile, ...]:
    """Return what `to_arguments` has packed. Raises Refused for a path that leads elsewhere and for other bytes."""
    return tuple(_unpacked(one) for one in arguments)


def _unpacked(argument: Mapping[str, Any]) -> CarriedFile:
    path = str(argument["path"])
    if path.startswith("/") or posixpath.normpath(path) != path or path.partition("/")[0] in (".", ".."):
        raise Refused(f"The carried file {path!r} has no plain path below the project", "Call it as run_open does.")
    try:
        content = base64.b64decode(argument["content"], validate=True)
    except binascii.Error as error:
        raise Refused(f"The bytes of the carried file {path} are no base64: {error}", "Call it as run_open does.")
    return CarriedFile(path, content, bool(argument["executable"]))


def first_folder(compose: OwnCompose) -> str:
    """Return the folder of the first compose file in the repository, empty for its root: Compose's own default."""
    return posixpath.dirname(compose.files[0])


def project_directory(compose: OwnCompose, stack_directory: str) -> str:
    """Return the absolute path of the project directory on a host; `stack_directory` is <root>/<stack>."""
    own = posixpath.join(stack_directory, _FOLDER, first_folder(compose)).rstrip("/")
    return own if compose.directory is None else posixpath.normpath(compose.directory)


def is_beside(compose: OwnCompose, path: str) -> bool:
    """Tell whether a file of the repository has a place on the host that is the stack's own.

    That is below the project directory, and around it where the directory ends as the first file's folder does.
    """
    folder = first_folder(compose)
    if compose.directory is None or not folder or path.startswith(folder + "/"):
        return True
    return posixpath.normpath(compose.directory).endswith("/" + folder)


def place_of(compose: OwnCompose, directory: str, path: str) -> str:
    """Return where a file of the repository lies when the first compose file's folder is `directory`."""
    return posixpath.normpath(posixpath.join(directory, posixpath.relpath(path, first_folder(compose) or ".")))


def _sorted(files: Sequence[CarriedFile]) -> List[CarriedFile]:
    return sorted(files, key=lambda one: one.path)
