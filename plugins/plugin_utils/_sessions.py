# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The folders of the runs on the control node, for people and for their tools: sessions/R<run key>."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from typing import Iterator, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._errors import LedgerUnavailable, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.durable import make_folder, sync_folder, write_new
from ansible_collections.mint.promotion.plugins.module_utils._ledger.model import CHANGE_PACK_NAME

FOLDER = "sessions"
LARGEST = 64 * 1024 * 1024  # bytes of a file that are looked at; evidence of a hundred hosts has about one MiB
FILE = re.compile(rf"(?:evidence\.json|manifest\.yml|output\.txt|receipt\.json|receipt\.md|{CHANGE_PACK_NAME})")
"""The names of what a run leaves. Other files in these folders are others' own."""


@dataclass(frozen=True)
class Sessions(Mapping[str, Mapping[str, bytes]]):
    """What lies below the folder `receipts`, by run key. It is read when it is asked for."""

    receipts: str

    def begin(self, run_key: str) -> None:
        """Make the folder of a run. Raises `Refused` for one that is there, `LedgerUnavailable` on a full disk."""
        folder = self.folder(run_key)
        with _writing(folder):
            make_folder(os.path.dirname(folder))
            try:
                os.mkdir(folder)  # fails for all but one of those who try at the same time (mkdir(2))
            except FileExistsError:
                raise taken(run_key, folder) from None
            sync_folder(os.path.dirname(folder))

    def write(self, run_key: str, files: Mapping[str, bytes]) -> str:
        """Write files of a run, each whole or not at all, and return their folder. Raises `LedgerUnavailable`."""
        folder = self.folder(run_key)
        with _writing(folder):
            make_folder(folder)
            for name, content in files.items():
                path = os.path.join(folder, name)
                write_new(f"{path}.new", content)
                os.replace(f"{path}.new", path)
            sync_folder(folder)
        return folder

    def folder(self, run_key: str) -> str:
        return os.path.join(self.receipts, FOLDER, f"R{run_key}")

    def __getitem__(self, run_key: str) -> Mapping[str, bytes]:
        folder = self.folder(run_key)
        if not os.path.isdir(folder):
            raise KeyError(run_key)
        ours = sorted(name for name in os.listdir(folder) if FILE.fullmatch(name))
        names = [name for name in ours if _is_plain(os.path.join(folder, name))]
        return {name: _content(os.path.join(folder, name)) for name in names}

    def __iter__(self) -> Iterator[str]:
        folder = os.path.join(self.receipts, FOLDER)
        if os.path.isdir(folder):
            yield from sorted(one.name[1:] for one in os.scandir(folder) if one.name.startswith("R") and one.is_dir())

    def __len__(self) -> int:
        return sum(1 for _key in self)


def taken(run_key: str, place: str) -> Refused:
    """The error for a run key that was used before."""
    return Refused(f"A run named {run_key} is recorded already, in {place}.", "Run again: each run gets a new name.")


@contextlib.contextmanager
def _writing(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Make room, or give the user that runs Ansible access to it."
        raise LedgerUnavailable(f"{folder} cannot be written: {error.strerror or error}", remedy) from error


def _is_plain(path: str) -> bool:
    """Tell a file from a link to one, which could lead anywhere."""
    return os.path.isfile(path) and not os.path.islink(path)


def _content(path: str) -> bytes:
    """Return what a file holds; of one that is larger than what any run leaves, the beginning, which has no digest."""
    with open(path, "rb") as file:
        return file.read(LARGEST + 1)
