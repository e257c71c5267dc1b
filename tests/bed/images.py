# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the images of the bed: one debootstrap, and layers above it. What is there already is not built again."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Iterator

from .console import locked, timed
from .engine import apt_install, docker, inspect
from .errors import BedError
from .recipe import (
    CA_BUNDLE,
    RECIPES,
    ROOT_KIND,
    Download,
    Recipe,
    context_tar,
    image_tag,
    parse_policy,
    root_tag,
    sources_list,
    with_parents,
)

FOLDER = Path(__file__).parent / "images"
LABEL = "mint.bed.image"
BUILDERS = 3
"""Builds at a time: they wait for the network as much as for the processor. Downloads are not counted."""

PROXIES = ("http_proxy", "https_proxy", "no_proxy")
DPKG_OPTIONS = """force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
"""


class Workshop:
    """Knows the tags of all images and builds those that are missing. `state` keeps logs and downloads."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._codename = _codename()
        self._sources = parse_policy(_output("apt-cache", "policy"), self._codename)
        self._builders = BoundedSemaphore(BUILDERS)
        self.tags = self._all_tags()

    def _all_tags(self) -> dict[str, str]:
        tags = {
            ROOT_KIND: root_tag(self._codename, platform.machine(), self._sources, self._root_files()),
        }
        for kind in with_parents(frozenset(RECIPES))[1:]:
            recipe = RECIPES[kind]
            tags[kind] = image_tag(recipe, tags[recipe.parent], _files(recipe))
        return tags

    def _root_files(self) -> dict[str, bytes]:
        """What the root image gets beside the distribution, by path."""
        files = {
            "etc/apt/sources.list": sources_list(self._sources).encode(),
            "etc/apt/apt.conf.d/bed": b'Acquire::GzipIndexes "true";\nAcquire::Languages "none";\n',
            "etc/dpkg/dpkg.cfg.d/bed": DPKG_OPTIONS.encode(),
        }
        if any(source.uri.startswith("https:") for source in self._sources):
            files["etc/ssl/certs/ca-certificates.crt"] = _machine_file(CA_BUNDLE)
        return files

    def ensure(self, kinds: frozenset[str]) -> None:
        """All of `kinds` exist when this returns; raises BedError with the last words of what failed."""
        if not self._missing(kinds):
            return
        with locked(self._state / "build.lock"):
            missing = self._missing(kinds)
            with ThreadPoolExecutor(max(1, len(missing))) as pool:
                builds: dict[str, Future[None]] = {}
                for kind in missing:
                    builds[kind] = pool.submit(self._build, kind, builds.get(_parent(kind)))
                for build in builds.values():
                    build.result()

    def _missing(self, kinds: frozenset[str]) -> tuple[str, ...]:
        wanted = with_parents(kinds)
        found = {tag for image in inspect("image", [self.tags[each] for each in wanted]) for tag in image["RepoTags"]}
        return tuple(each for each in wanted if self.tags[each] not in found)

    def _build(self, kind: str, parent: Future[None] | None) -> None:
        context = {} if kind == ROOT_KIND else self._context(RECIPES[kind])
        if parent:
            parent.result()
        with self._builders, timed(f"built image {kind}"):
            if kind == ROOT_KIND:
                self._bootstrap()
            else:
                _docker_build(kind, self.tags[kind], self.tags[RECIPES[kind].parent], context)

    def _context(self, recipe: Recipe) -> dict[str, bytes]:
        files = _files(recipe)
        for download in recipe.downloads:
            files.update(_members(download, self._fetch(download)))
        return files

    def _fetch(self, download: Download) -> Path:
        """The package's file, downloaded once by pip from the index that pip is set up for."""
        folder = self._state / "downloads" / download.requirement
        with locked(self._state / f"{download.requirement}.lock"):
            if not folder.exists():
                with timed(f"downloaded {download.requirement}"):
                    _pip_download(download, folder)
        return next(folder.iterdir())

    def _bootstrap(self) -> None:
        if os.geteuid() != 0:
            raise BedError("building the images needs debootstrap and root: run `up` as root once, they are kept")
        if shutil.which("debootstrap") is None:
            apt_install(["debootstrap"])
        with tempfile.TemporaryDirectory(dir=self._state) as folder:
            root = Path(folder) / "root"
            log = self._state / "debootstrap.log"
            _run_logged(["debootstrap", "--variant=minbase", self._codename, str(root), self._sources[0].uri], log)
            for path, data in self._root_files().items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(data)
            for leftover in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man"):
                shutil.rmtree(root / leftover, ignore_errors=True)
            (root / "var/cache/apt/archives/partial").mkdir(parents=True)
            _import(root, self.tags[ROOT_KIND])


def _parent(kind: str) -> str:
    return RECIPES[kind].parent if kind in RECIPES else ""


def _files(recipe: Recipe) -> dict[str, bytes]:
    """The recipe's files but for its downloads, by their path in the context."""
    own = [*(FOLDER / recipe.kind).iterdir(), *(FOLDER / name for name in recipe.shared)]
    machine = {target: _machine_file(source) for source, target in recipe.machine_files}
    return {**{path.name: path.read_bytes() for path in own}, **machine}


def _machine_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise BedError(f"{path} is missing: install ca-certificates") from None


def _codename() -> str:
    fields = dict(line.partition("=")[::2] for line in Path("/etc/os-release").read_text("utf-8").splitlines())
    if "VERSION_CODENAME" not in fields:
        raise BedError("the bed's images come from Debian or Ubuntu: this machine is neither (/etc/os-release)")
    return fields["VERSION_CODENAME"].strip('"')


def _output(*argv: str) -> str:
    try:
        return subprocess.run(
            argv, capture_output=True, check=True, text=True, env={**os.environ, "LC_ALL": "C"}
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise BedError(f"`{' '.join(argv)}` failed ({error}): the bed needs a Debian or Ubuntu machine") from None


def _run_logged(argv: list[str], log: Path) -> None:
    with log.open("wb") as output:
        done = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise BedError(f"{argv[0]} failed; its last words in {log}:\n  " + "\n  ".join(lines))


def _pip_download(download: Download, folder: Path) -> None:
    form = "--no-binary" if download.source else "--only-binary"
    with tempfile.TemporaryDirectory(dir=folder.parent.parent) as partial:
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", form, ":all:", "--dest", partial]
        done = subprocess.run([*argv, download.requirement], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BedError(f"pip download {download.requirement} failed:\n  {done.stderr.strip()[-800:]}")
        folder.parent.mkdir(exist_ok=True)
        shutil.copytree(partial, folder)


def _members(download: Download, path: Path) -> dict[str, bytes]:
    """The files of the package that the image wants, by their path in the context."""
    found: dict[str, bytes] = {}
    for name, file in _archive(path, skip=1 if download.source else 0):
        for inside, target in download.members:
            if name == inside or (inside.endswith("/") and name.startswith(inside)):
                found[target + name[len(inside) :]] = file.read()
    if not found:
        raise BedError(f"{path.name} holds none of {', '.join(inside for inside, _target in download.members)}")
    return found


def _archive(path: Path, skip: int) -> Iterator[tuple[str, IO[bytes]]]:
    """The files of a wheel, or of a source distribution without its first `skip` folders."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            for entry in wheel.infolist():
                if not entry.is_dir():
                    yield entry.filename, wheel.open(entry)
        return
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file:
                yield "/".join(member.name.split("/")[skip:]), file


def _import(root: Path, tag: str) -> None:
    changes = ["--change", f"LABEL {LABEL}={ROOT_KIND}", "--change", 'CMD ["/bin/sh"]']
    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
        done = subprocess.run(
            ["docker", "import", *changes, "-", tag], stdin=archive.stdout, capture_output=True, text=True, check=False
        )
    if done.returncode or archive.returncode:
        raise BedError(f"docker import failed:\n  {done.stderr.strip()}")


def _docker_build(kind: str, tag: str, parent_tag: str, files: dict[str, bytes]) -> None:
    """Docker without buildx (Debian's docker.io) has the older builder only, and must be told to use it."""
    buildx = docker("buildx", "version", check=False).returncode == 0
    proxies = [word for name in PROXIES if os.environ.get(name) for word in ("--build-arg", name)]
    docker(
        "build", "--force-rm", "--quiet", "--label", f"{LABEL}={kind}",
        "--build-arg", f"BASE={parent_tag}", *proxies, "--tag", tag, "-",
        data=context_tar(files), env={"DOCKER_BUILDKIT": "1" if buildx else "0"},
    )  # fmt: skip
