# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests on a running Docker Engine with Compose: without them they fail, they are never skipped.

Everything here is made under names of this process and removed at the end. The image needs no registry: it is a
shell and a few programs of this machine with the libraries that they load.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

from bed.small_image import small_filesystem

ROOT = Path(__file__).resolve().parents[2]
REVISION = "a" * 40

if "ansible_collections.mint.promotion" not in sys.modules:
    # The same names as in the unit tests, wherever the repository was cloned.
    specification = importlib.util.spec_from_file_location("unit_conftest", ROOT / "tests" / "unit" / "conftest.py")
    assert specification is not None
    assert specification.loader is not None
    specification.loader.exec_module(importlib.util.module_from_spec(specification))


def docker(*argv: str, content: bytes | None = None) -> str:
    done = subprocess.run(["docker", *argv], input=content, capture_output=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(argv)}: {done.stderr.decode()}"
    return done.stdout.decode().strip()


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    """A small image with the revision label of a module, by its name."""
    name = f"engt-base:{os.getpid()}"
    changes = ("ENV PATH=/bin", 'CMD ["sleep","600"]', f"LABEL org.opencontainers.image.revision={REVISION}")
    options = [part for change in changes for part in ("--change", change)]
    docker("import", *options, "-", name, content=small_filesystem())
    yield name
    docker("image", "rm", name)


@pytest.fixture
def project() -> Iterator[str]:
    """The name of a Compose project of which nothing is left afterwards."""
    name = f"engt-{os.getpid()}"
    yield name
    label = f"label=com.docker.compose.project={name}"
    for kind, remove in (("container", ["rm", "--force"]), ("network", ["rm"]), ("volume", ["rm"])):
        found = docker(kind, "ls", "--quiet", "--filter", label, *(["--all"] if kind == "container" else [])).split()
        if found:
            docker(kind, *remove, *found)
