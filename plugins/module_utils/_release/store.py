# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The releases of one stack on this host: <root>/<stack>/ of docs/architecture.md."""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import dataclass
from typing import Iterator, Optional, Sequence, Tuple

from .._compose.carried import carried_digest
from .._compose.model import CarriedFile
from .._data import canonical_json, decode, sha256_digest
from .._errors import NotVerified, Refused
from .files import DIRECTORY, FILE, Files
from .identity import env_hmac, is_release_id
from .model import Content, Release

_STAGING = ".staging-"
_KEY_BYTES = 32


@dataclass(frozen=True)
class ReleasePaths:
    directory: str
    compose: str
    services: str
    carried: str
    env: str
    manifest: str
    facts: str


@dataclass(frozen=True)
class Layout:
    """Where things lie. All paths are absolute."""

    root: str
    stack: str

    @property
    def directory(self) -> str:
        return os.path.join(self.root, self.stack)

    @property
    def releases(self) -> str:
        return os.path.join(self.directory, "releases")

    @property
    def current(self) -> str:
        return os.path.join(self.directory, "current")

    @property
    def journal(self) -> str:
        return os.path.join(self.directory, "journal.jsonl")

    @property
    def lock(self) -> str:
        return os.path.join(self.directory, "lock")

    @property
    def worker_lock(self) -> str:
        return os.path.join(self.directory, "worker.lock")

    @property
    def host_key(self) -> str:
        return os.path.join(self.directory, "host.key")

    @property
    def checkpoint(self) -> str:
        return os.path.join(self.directory, "checkpoint")

    def release(self, name: str) -> ReleasePaths:
        directory = os.path.join(self.releases, name)
        return ReleasePaths(
            directory,
            os.path.join(directory, "compose.yaml"),
            os.path.join(directory, "services.json"),
            os.path.join(directory, "files"),
            os.path.join(directory, ".env"),
            os.path.join(directory, "manifest.yml"),
            os.path.join(directory, "release.json"),
        )


class Store:
    """Reads and writes releases and the pointer to the live one. Nothing is overwritten in place."""

    def __init__(self, files: Files, layout: Layout) -> None:
        self.files = files
        self.layout = layout

    def exists(self) -> bool:
        """Tell whether anything was ever staged here. Raises Refused when something else is in the way."""
        return self.files.require(self.layout.directory, DIRECTORY)

    def prepare(self) -> None:
        """Make the folders, and the key of the env HMAC, where they are absent."""
        if not os.path.isdir(self.layout.root):  # the root itself may be a link that an administrator made
            self._make_directory(self.layout.root)
        for path in (self.layout.directory, self.layout.releases):
            if not self.files.require(path, DIRECTORY):
                self._make_directory(path)
        if not self.files.require(self.layout.host_key, FILE):
            key = secrets.token_bytes(_KEY_BYTES)
            self.files.replace(self.layout.host_key, key, self.files.ownership.secret_mode)

    def key(self) -> Optional[bytes]:
        """Return the key of the env HMAC; None when it is absent or may not be read by this user."""
        try:
            return self.files.read(self.layout.host_key)
        except (FileNotFoundError, PermissionError):
            return None

    def anchor(self) -> str:
        """Return the checkpoint of the ledger that this host saw last, as a note; empty when it saw none.

        Raises OSError, Refused for something else in its place, and ValueError for what is no text.
        """
        there = self.files.require(self.layout.checkpoint, FILE)
        return self.files.read(self.layout.checkpoint).decode("utf-8") if there else ""

    def keep_anchor(self, note: str) -> None:
        """Put another checkpoint in the place of the last one, durably."""
        self.files.replace(self.layout.checkpoint, note.encode("utf-8"))

    def sweep(self) -> Tuple[str, ...]:
        """Remove release directories that were left incomplete, and return their names."""
        left = tuple(name for name in self.files.names(self.layout.releases) if name.startswith(_STAGING))
        for name in left:
            self.files.remove_tree(self.layout.release(name).directory)
        return left

    def lay_down(self, release: Release, content: Content, run: str) -> bool:
        """Make the release's directory, complete or not at all; tell whether it was made.

        One that is there and intact is left as it is. One that someone has changed, that lacks the manifest's bytes, or
        whose images are others now, is put aside and made anew.
        """
        paths = self.layout.release(release.id)
        there = self.files.require(paths.directory, DIRECTORY)
        if there and self._holds(release):
            return False
        staging = self.layout.release(f"{_STAGING}{release.id}-{run}")
        if self.files.kind(staging.directory) == DIRECTORY:
            self.files.remove_tree(staging.directory)
        self._fill(staging, release, content)
        if there:
            self.files.rename(paths.directory, f"{staging.directory}-changed")
        self.files.rename(staging.directory, paths.directory)
        self.files.sync(self.layout.releases)
        return True

    def _holds(self, release: Release) -> bool:
        if self.faults(release.id):
            return False
        there = self.read(release.id)
        same = (there.images, there.services_digest) == (release.images, release.services_digest)
        return same and there.manifest_kept >= release.manifest_kept

    def releases(self) -> Tuple[Release, ...]:
        """Return the facts of all releases that can be read, in the order of their staging."""
        found = (self._readable(name) for name in self.files.names(self.layout.releases) if self.has(name))
        return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.staged_at, one.id)))

    def has(self, name: str) -> bool:
        """Tell whether a release of this id was laid down here."""
        return is_release_id(name) and self.files.kind(self.layout.release(name).facts) == FILE

    def read(self, name: str) -> Release:
        """Return the facts of a release. Raises NotVerified when they are absent or make no sense."""
        path = self.layout.release(name).facts
        try:
            return decode(Release, json.loads(self.files.read(path).decode("utf-8")))
        except FileNotFoundError:
            raise NotVerified(f"The release {name} is not on this host: {path} is absent") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            found = f"{type(error).__name__}: {error}"
            raise NotVerified(f"{path} does not hold the facts of a release: {found}") from error

    def content(self, name: str) -> Content:
        """Return the bytes of a release. Raises NotVerified when any are absent, but for the manifest's."""
        paths = self.layout.release(name)
        try:
            manifest, services = map(self._if_there, (paths.manifest, paths.services))
            carried = tuple(self._carried(paths.carried))
            return Content(self.files.read(paths.compose), self.files.read(paths.env), manifest, carried, services)
        except FileNotFoundError as error:
            raise NotVerified(f"The release {name} is not whole: {error.filename} is absent") from error

    def faults(self, name: str) -> Tuple[str, ...]:
        """Compare a release's bytes with its facts; return what differs, in words, nothing when all is well.

        Raises PermissionError when this user may not read them.
        """
        try:
            release, content = self.read(name), self.content(name)
        except (NotVerified, Refused) as error:
            return (str(error),)
        faults = []
        if release.id != name:
            faults.append(f"release.json says {release.id}")
        if sha256_digest(content.compose) != release.compose_digest:
            faults.append("compose.yaml has been changed since it was staged")
        if release.manifest_kept and sha256_digest(content.manifest) != release.manifest_digest:
            faults.append("manifest.yml is absent or has been changed since it was staged")
        own = release.manifest.compose
        if own is not None and carried_digest(content.carried) != own.digest:
            faults.append("files/ has been changed since it was staged")
        if release.services_digest and sha256_digest(content.services) != release.services_digest:
            faults.append("services.json is absent or has been changed since it was staged")
        key = self.key()
        if key is None:
            faults.append(f"the env file cannot be compared: {self.layout.host_key} is absent or not readable")
        elif env_hmac(key, content.env) != release.env_hmac:
            faults.append(".env has been changed since it was staged")
        return tuple(faults)

    def current(self) -> Optional[str]:
        """Return the live release's id, None when nothing is live. Raises Refused on a pointer of others."""
        target = self.files.points_to(self.layout.current)
        if target is None:
            return None
        parent, _slash, name = target.rpartition("/")
        if parent != "releases" or not is_release_id(name):
            wanted = "releases/<release id>"
            remedy = f"Something else made it: look where it points and remove {self.layout.current}."
            raise Refused(f"{self.layout.current} points to {target}, wanted {wanted}", remedy)
        return name

    def switch(self, name: Optional[str]) -> None:
        """Point `current` to a release, or to nothing, in one step that a reader sees whole."""
        if name is None:
            self.files.discard(self.layout.current)
        else:
            temporary = f"{self.layout.current}.{os.getpid()}.new"
            self.files.discard(temporary)
            self.files.symlink(temporary, f"releases/{name}")
            self.files.rename(temporary, self.layout.current)
        self.files.sync(self.layout.directory)

    def remove(self, name: str) -> None:
        """Remove a release's directory; half a removal is swept by the next stage."""
        doomed = self.layout.release(f"{_STAGING}{name}-removed").directory
        if self.files.kind(doomed) == DIRECTORY:
            self.files.remove_tree(doomed)
        self.files.rename(self.layout.release(name).directory, doomed)
        self.files.sync(self.layout.releases)
        self.files.remove_tree(doomed)

    def _if_there(self, path: str) -> bytes:
        return self.files.read(path) if self.files.kind(path) == FILE else b""

    def _carried(self, root: str, below: str = "") -> Iterator[CarriedFile]:
        for name in self.files.names(os.path.join(root, below)):
            path = os.path.join(below, name)
            full = os.path.join(root, path)
            if self.files.kind(full) == DIRECTORY:
                yield from self._carried(root, path)
            else:
                yield CarriedFile(path, self.files.read(full), self.files.is_executable(full))

    def _readable(self, name: str) -> Optional[Release]:
        try:
            return self.read(name)
        except NotVerified:  # one that is damaged must not hide the others
            return None

    def _make_directory(self, path: str) -> None:
        self.files.make_directory(path)
        self.files.sync(os.path.dirname(path))

    def _fill(self, paths: ReleasePaths, release: Release, content: Content) -> None:
        modes = self.files.ownership
        self.files.make_directory(paths.directory)
        for path, data, mode in (
            (paths.compose, content.compose, modes.file_mode),
            (paths.env, content.env, modes.secret_mode),
            *([(paths.manifest, content.manifest, modes.file_mode)] if release.manifest_kept else []),
            *([(paths.services, content.services, modes.file_mode)] if release.services_digest else []),
            (paths.facts, canonical_json(release), modes.file_mode),
        ):
            self.files.write(path, data, mode)
            self.files.sync(path)
        if release.manifest.compose is not None:
            self._fill_carried(paths.carried, content.carried)
        self.files.sync(paths.directory)

    def _fill_carried(self, root: str, carried: Sequence[CarriedFile]) -> None:
        modes = self.files.ownership
        folders = {"": None}
        for one in carried:
            parts = os.path.dirname(one.path).split("/")
            folders.update(dict.fromkeys("/".join(parts[:length]) for length in range(1, len(parts) + 1)))
        for folder in sorted(folders):
            self.files.make_directory(os.path.join(root, folder).rstrip("/"))
        for one in carried:
            path = os.path.join(root, one.path)
            self.files.write(path, one.content, modes.file_mode | (stat.S_IXUSR if one.executable else 0))
            self.files.sync(path)
        for folder in sorted(folders, reverse=True):
            self.files.sync(os.path.join(root, folder).rstrip("/"))
