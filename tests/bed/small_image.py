# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a small image: a shell and a few programs of this machine with the libraries that they load."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Sequence

PROGRAMS = ("sh", "sleep", "cat", "env", "id", "true")


def small_filesystem() -> bytes:
    """A tar archive, which `docker import` makes an image of."""
    paths = {shutil.which(name): f"bin/{name}" for name in PROGRAMS}
    assert None not in paths
    programs = {Path(str(path)).resolve(): inner for path, inner in paths.items()}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path, inner in programs.items():
            archive.add(path, inner)
        for library in sorted(_libraries(list(programs))):
            archive.add(Path(library).resolve(), library.lstrip("/"))
    return content.getvalue()


def _libraries(programs: Sequence[Path]) -> set[str]:
    told = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"(/\S+) \(0x", told))
