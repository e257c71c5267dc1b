# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The carried files of a release in the project directory, where Compose and the containers find them.

The directory is the same for all releases, and holds data of the stack too: only files that a release carries are
ever written or removed, each atomically.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import Container, Dict, Iterable, Mapping, Optional, Tuple

from .._compose.carried import place_of
from .._compose.model import CarriedFile
from .._errors import Refused, Violation
from .files import ABSENT, DIRECTORY, FILE, temporary_of
from .host import Host
from .model import Content, Release

_FILE_MODE, _PROGRAM_MODE, _FOLDER_MODE = 0o644, 0o755, 0o755  # as a checkout has them: containers read them too


@dataclass(frozen=True)
class Placed:
    """Paths that were written and removed; `left` were not removed because somebody has changed them."""

    written: Tuple[str, ...] = ()
    removed: Tuple[str, ...] = ()
    left: Tuple[str, ...] = ()


def places(host: Host, release: Release, content: Content) -> Dict[str, CarriedFile]:
    """Return the files of a release by their places in the project directory; none where nothing is carried."""
    own = release.manifest.compose
    if own is None:
        return {}
    directory = host.project_directory(release.manifest)
    return {place_of(own, directory, one.path): one for one in content.carried}


def placed_by(host: Host, release: Optional[Release]) -> Dict[str, CarriedFile]:
    """Return what a release on this host has in the project directory. Raises NotVerified for one that is not whole."""
    if release is None or release.manifest.compose is None:
        return {}
    return places(host, release, host.store.content(release.id))


def put_in_place(
    host: Host, release: Optional[Release], other: Optional[Release], found: Container[str] = ()
) -> Placed:
    """Have the files of `release` in place, and none that `other` alone has brought; None stands for no release.

    `found` are places that held their file before `other` came: those stay.
    """
    wanted, before = placed_by(host, release), placed_by(host, other)
    _sweep(host, {**before, **wanted})
    written = [path for path, file in wanted.items() if not _is_as(host, path, file)]
    gone = [path for path in before if path not in wanted and host.store.files.kind(path) != ABSENT]
    removed = [path for path in gone if path not in found and _is_as(host, path, before[path])]
    directory = host.project_directory(release.manifest) if release is not None else ""
    for path in [one for one in removed if _is_beside(one, wanted)]:  # a file becomes a folder, or a folder a file
        host.store.files.unlink(path)
    for path in written:
        _clear(host, path)
        _write(host, path, wanted[path], directory)
    for path in [one for one in removed if not _is_beside(one, wanted)]:
        host.store.files.unlink(path)
    for folder in sorted({os.path.dirname(path) for path in (*written, *removed)}):
        if host.store.files.kind(folder) == DIRECTORY:
            host.store.files.sync(folder)
    return Placed(tuple(written), tuple(removed), tuple(path for path in gone if path not in removed))


def found_in_place(host: Host, release: Optional[Release], live: Optional[Release]) -> Tuple[str, ...]:
    """Return the places that hold a file of `release` already, though `live` has not brought it: somebody else has."""
    before = placed_by(host, live)
    wanted = placed_by(host, release).items()
    return tuple(path for path, file in wanted if path not in before and _is_as(host, path, file))


def misplaced(host: Host, release: Release) -> Tuple[str, ...]:
    """Return the places in the project directory that do not hold what the release carries."""
    return tuple(path for path, file in placed_by(host, release).items() if not _is_as(host, path, file))


def in_the_way(
    host: Host, wanted: Dict[str, CarriedFile], live: Optional[Release], source: str
) -> Tuple[Violation, ...]:
    """Return a fault for every file in such a place that neither the live release nor the new one carries."""
    before = placed_by(host, live)
    return tuple(
        Violation(
            source,
            path,
            "a file that no release has brought, or that was changed since",
            "the file as the live release carries it, or none",
            "commit the change, or move the file away",
        )
        for path, file in wanted.items()
        if host.store.files.kind(path) != ABSENT
        and not _is_as(host, path, file)
        and not (path in before and _is_as(host, path, before[path]))
        and not _is_folder_of(host, path, before)
    )


def _is_as(host: Host, path: str, file: CarriedFile) -> bool:
    files = host.store.files
    if files.kind(path) != FILE:
        return False
    return files.read(path) == file.content and files.is_executable(path) == file.executable


def _is_beside(path: str, others: Iterable[str]) -> bool:
    """Tell whether a file can't be there together with one of the others: one is in the place of the other's folder."""
    return any(one.startswith(f"{path}/") or path.startswith(f"{one}/") for one in others)


def _is_folder_of(host: Host, path: str, carried: Mapping[str, CarriedFile]) -> bool:
    """Tell whether a folder holds nothing but these files, as they are carried."""
    if host.store.files.kind(path) != DIRECTORY:
        return False
    walked = [os.path.join(folder, name) for folder, folders, names in os.walk(path) for name in (*folders, *names)]
    found = [one for one in walked if host.store.files.kind(one) != DIRECTORY]
    return bool(found) and all(one in carried and _is_as(host, one, carried[one]) for one in found)


def _clear(host: Host, path: str) -> None:
    """Remove the empty folders that are left in the place of a file."""
    if host.store.files.kind(path) != DIRECTORY:
        return
    for folder, _folders, _names in os.walk(path, topdown=False):
        if os.listdir(folder):
            return
        host.store.files.remove_directory(folder)


def _sweep(host: Host, carried: Mapping[str, CarriedFile]) -> None:
    """Remove what a killed worker has left beside these places of the files that it was about to put there."""
    folders = {os.path.dirname(path) for path in carried}
    for folder in sorted(one for one in folders if host.store.files.kind(one) == DIRECTORY):
        for path in [os.path.join(folder, name) for name in host.store.files.names(folder)]:
            if temporary_of(path) in carried and path not in carried and host.store.files.kind(path) == FILE:
                host.store.files.unlink(path)


def _write(host: Host, path: str, file: CarriedFile, directory: str) -> None:
    files = host.store.files
    _make_folders(host, posixpath.dirname(path), directory)
    if files.kind(path) not in (ABSENT, FILE):
        raise Refused(f"{path} is {files.kind(path)}, wanted a file", f"Look at {path} and move it out of the way.")
    files.replace(path, file.content, _PROGRAM_MODE if file.executable else _FILE_MODE)


def _make_folders(host: Host, folder: str, directory: str) -> None:
    """Make a folder and those above it. Raises Refused where a link or a file stands in the place of one.

    A container that has a folder of the project mounted could put a link there, and lead a write astray. The project
    `directory` itself, and what is above it, may be links that an administrator made.
    """
    files = host.store.files
    if f"{directory}/".startswith(f"{folder}/") and os.path.isdir(folder):
        return
    _make_folders(host, posixpath.dirname(folder), directory)
    if not files.require(folder, DIRECTORY):
        files.make_directory(folder, _FOLDER_MODE)
        files.sync(posixpath.dirname(folder))
