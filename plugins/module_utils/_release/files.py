# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every change that the store makes to a disk, one operation at a time.

A test that wants to know what a power cut leaves behind passes `before`: it sees each operation before it
is made, may record it, and may raise to end the world there. What is not followed by a `sync` of the file
(its content) or of its folder (its name) counts as lost (POSIX fsync; Linux fsync(2), NOTES).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import os
import pwd
import re
import shutil
import stat
from dataclasses import dataclass
from typing import Callable, Iterator, Optional, Tuple

from .._errors import Refused

_TEMPORARY = re.compile(r"(?P<path>.+)\.[0-9]+\.tmp", re.DOTALL)
ABSENT, FILE, DIRECTORY, SYMLINK, OTHER = "absent", "a file", "a folder", "a symbolic link", "a special file"


@dataclass(frozen=True)
class Operation:
    """One change: make_directory, write, append, truncate, sync, rename, link, symlink, unlink, remove_directory,
    remove_tree."""

    kind: str
    path: str
    content: bytes = b""
    target: str = ""  # of rename and link the new name, of symlink what it points to
    size: int = 0  # of truncate, bytes


@dataclass(frozen=True)
class Ownership:
    """Who owns what the store writes, and the modes. None leaves the owner as the kernel gives it."""

    uid: Optional[int] = None
    gid: Optional[int] = None
    directory_mode: int = 0o750
    file_mode: int = 0o640
    secret_mode: int = 0o600


def ownership(owner: Optional[str], group: Optional[str], directory: str, file: str, secret: str) -> Ownership:
    """Return the ownership of these names and octal modes. Raises Refused for one that makes no sense."""
    try:
        uid = pwd.getpwnam(owner).pw_uid if owner else None
        gid = grp.getgrnam(group).gr_gid if group else None
    except KeyError as error:
        raise Refused(f"{error.args[0]} on this host", "Correct promotion_owner or promotion_group.")
    return Ownership(uid, gid, _mode(directory), _mode(file), _mode(secret))


def _mode(text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise Refused(f"The mode {text!r} is none: wanted three or four octal digits such as 0640", "Correct it.")
    return mode


def _ignore(operation: Operation) -> None:
    """The default of `before`: nobody watches."""


class Files:
    """The store's only way to a disk."""

    def __init__(self, ownership: Optional[Ownership] = None, before: Callable[[Operation], None] = _ignore) -> None:
        self.ownership = ownership or Ownership()
        self._before = before

    def kind(self, path: str) -> str:
        """Say what is at `path`, without following a link."""
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):  # the latter below a file
            return ABSENT
        if stat.S_ISLNK(mode):
            return SYMLINK
        if stat.S_ISDIR(mode):
            return DIRECTORY
        return FILE if stat.S_ISREG(mode) else OTHER

    def require(self, path: str, wanted: str) -> bool:
        """Tell whether `path` is there. Raises Refused when something else stands in its place."""
        found = self.kind(path)
        if found not in (ABSENT, wanted):
            raise Refused(f"{path} is {found}, wanted {wanted}", f"Look at {path} and move it out of the way.")
        return found == wanted

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError, and Refused when it is no plain file."""
        self.require(path, FILE)
        with open(path, "rb", opener=_no_follow) as file:
            return file.read()

    def names(self, path: str) -> Tuple[str, ...]:
        """Return the names in a folder, sorted; none when it is absent."""
        return tuple(sorted(os.listdir(path))) if self.require(path, DIRECTORY) else ()

    def points_to(self, path: str) -> Optional[str]:
        """Return what a symbolic link says, None when there is none."""
        return os.readlink(path) if self.require(path, SYMLINK) else None

    def is_executable(self, path: str) -> bool:
        """Tell whether the owner of a file may execute it."""
        return bool(os.lstat(path).st_mode & stat.S_IXUSR)

    def make_directory(self, path: str, mode: Optional[int] = None) -> None:
        self._before(Operation("make_directory", path))
        os.mkdir(path, 0o700)
        os.chmod(path, self.ownership.directory_mode if mode is None else mode)
        self.own(path)

    def write(self, path: str, content: bytes, mode: Optional[int] = None) -> None:
        """Make a new file; one that is there already is an error (O_EXCL)."""
        self._before(Operation("write", path, content))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, self.ownership.file_mode if mode is None else mode)
            self.own(path)
            file.write(content)

    def append(self, path: str, content: bytes) -> None:
        self._before(Operation("append", path, content))
        with open(path, "ab", opener=_no_follow) as file:
            file.write(content)

    def truncate(self, path: str, size: int) -> None:
        self._before(Operation("truncate", path, size=size))
        with open(path, "r+b", opener=_no_follow) as file:
            file.truncate(size)

    def sync(self, path: str) -> None:
        """Wait until the content of a file, or the names in a folder, are on the disk."""
        self._before(Operation("sync", path))
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # a file system without fsync of folders (fsync(2), EINVAL)
                raise
        finally:
            os.close(descriptor)

    def rename(self, path: str, target: str) -> None:
        self._before(Operation("rename", path, target=target))
        os.rename(path, target)

    def link(self, path: str, target: str) -> None:
        """Give a file a second name. Raises FileExistsError when the name is taken: link(2) is atomic."""
        self._before(Operation("link", path, target=target))
        os.link(path, target, follow_symlinks=False)

    def symlink(self, path: str, target: str) -> None:
        self._before(Operation("symlink", path, target=target))
        os.symlink(target, path)

    def unlink(self, path: str) -> None:
        self._before(Operation("unlink", path))
        os.unlink(path)

    def remove_directory(self, path: str) -> None:
        """Remove an empty folder."""
        self._before(Operation("remove_directory", path))
        os.rmdir(path)

    def remove_tree(self, path: str) -> None:
        self._before(Operation("remove_tree", path))
        shutil.rmtree(path)

    def replace(self, path: str, content: bytes, mode: Optional[int] = None) -> None:
        """Put `content` at `path` so that at any moment the old or the new bytes are there, whole."""
        temporary = f"{path}.{os.getpid()}.tmp"
        self.discard(temporary)
        self.write(temporary, content, mode)
        self.sync(temporary)
        self.rename(temporary, path)
        self.sync(os.path.dirname(path))

    def discard(self, path: str) -> None:
        """Remove a file if it is there."""
        if self.kind(path) != ABSENT:
            self.unlink(path)

    def own(self, path: str) -> None:
        """Give a file or folder to the owner and group that were asked for."""
        uid, gid = self.ownership.uid, self.ownership.gid
        if uid is not None or gid is not None:
            os.chown(path, -1 if uid is None else uid, -1 if gid is None else gid, follow_symlinks=False)


def _no_follow(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)


def temporary_of(path: str) -> str:
    """Return the file that `replace` made a temporary one for; empty for the path of anything else."""
    found = _TEMPORARY.fullmatch(path)
    return found["path"] if found else ""


@contextlib.contextmanager
def alone(directory: str) -> Iterator[None]:
    """Hold flock(2) on a folder for a few file operations. It does not nest: take it at the leaves only."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
