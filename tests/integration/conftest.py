# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures: the bed, the images, and stacks that don't meet.

The tests need a bed with special hosts: `PYTHONPATH=tests python -m bed up --name tests --prod 4 --special`
(`make test` does that). BED_NAME names another one.

With `-n 2 --dist loadfile` of pytest-xdist the files run side by side: the tests of a file share stacks, those of
two files share hosts only. What befalls a whole host befalls prod-2, which no file but test_fleet.py uses, and images
that others use too are removed on prod-4, which is test_preflight.py's alone.
"""

from __future__ import annotations

import fcntl
import importlib.util
import itertools
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Iterator

import pytest

from bed.bed import Bed
from bed.errors import BedError
from integration.catalog import Catalog, Workbench
from integration.playbooks import ROOT, command
from integration.promotions import Promote, Promotion
from integration.stacks import Stack

if "ansible_collections.mint.promotion" not in sys.modules:
    # The same names as in the unit tests, wherever the repository was cloned.
    specification = importlib.util.spec_from_file_location("unit_conftest", ROOT / "tests" / "unit" / "conftest.py")
    assert specification is not None
    assert specification.loader is not None
    specification.loader.exec_module(importlib.util.module_from_spec(specification))

FIRST_PORT, PORTS_A_STACK, PORTS_A_WORKER = 20000, 3, 3000


@pytest.fixture(scope="session")
def bed() -> Bed:
    """The bed, which is up: starting it is not a test's work."""
    bed = Bed(os.environ.get("BED_NAME", "tests"))
    start = f"PYTHONPATH=tests python -m bed up --name {bed.name} --prod 4 --special"
    try:
        hosts = bed.facts()["hosts"]
    except BedError as error:
        pytest.fail(f"{error}\nstart it: {start}", pytrace=False)
    special = {"without-docker", "compose-v1", "without-sudo", "without-registry"}
    lacking = {"staging-1", "prod-1", "prod-2", "prod-3", "prod-4", *special} - set(hosts)
    if lacking:
        pytest.fail(f"the bed {bed.name} lacks {', '.join(sorted(lacking))}: {start}", pytrace=False)
    return bed


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run of pytest have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def workbench(bed: Bed, shared: Path) -> Workbench:
    folder = shared / "workbench"
    folder.mkdir(exist_ok=True)
    return Workbench(folder, bed)


@pytest.fixture(scope="session")
def catalog(workbench: Workbench, shared: Path) -> Catalog:
    """All images, built and pushed once by build.yml, and the manifests that pin them."""
    path = shared / "catalog.json"
    with _locked(shared / "catalog.lock"):
        if not path.exists():
            path.write_text(json.dumps(asdict(workbench.catalog())), encoding="utf-8")
    return Catalog(**json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def new_promotion(
    bed: Bed, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory, worker_id: str, numbers: Iterator[int]
) -> Iterator[Promote]:
    """Makes a stack of its own on some hosts; it is taken off them when the module's tests have ended."""
    made: list[Promotion] = []

    def make(*hosts: str, own: bool = False) -> Promotion:
        stack = Stack(f"it-{worker_id}-{(number := next(numbers))}", _first_port(worker_id, number))
        promotion = Promotion(bed, catalog, stack, hosts, tmp_path_factory.mktemp(stack.name), own)
        promotion.remove()
        made.append(promotion)
        return promotion

    yield make
    for promotion in made:
        promotion.remove()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the collection as `ansible-galaxy` builds and installs it, and no checkout."""
    folder = tmp_path_factory.mktemp("installed")
    galaxy = command("ansible-galaxy")
    build = [galaxy, "collection", "build", str(ROOT), "--output-path", str(folder)]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (archive,) = folder.glob("mint-promotion-*.tar.gz")
    install = [galaxy, "collection", "install", str(archive), "--collections-path", str(folder / "collections")]
    subprocess.run([*install, "--offline"], check=True, capture_output=True, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture(scope="session")
def worker_id() -> str:
    """The name of this worker of pytest-xdist, or main without it."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _first_port(worker: str, number: int) -> int:
    index = int(worker[2:]) if worker.startswith("gw") else 0
    return FIRST_PORT + index * PORTS_A_WORKER + number * PORTS_A_STACK


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
