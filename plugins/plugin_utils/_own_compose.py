# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that compose files of the team's own need on a host, found in one commit of the repository.

Every fault is told at once, with file, line and reason, before a host is touched.
"""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from typing import Iterator, Sequence

from ansible_collections.mint.promotion.plugins.module_utils._compose import survey as s
from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import (
    COUNT_LIMIT,
    SIZE_LIMIT,
    carried_digest,
    first_folder,
    is_beside,
)
from ansible_collections.mint.promotion.plugins.module_utils._compose.interpolation import has_variables
from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._compose.services import Facts, service_faults
from ansible_collections.mint.promotion.plugins.module_utils._errors import (
    CommandFailed,
    InvalidInput,
    PromotionError,
    Refused,
    Violation,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.contract import contract
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, OwnCompose
from ansible_collections.mint.promotion.plugins.module_utils._schema.place import (
    Path,
    Positions,
    dotted,
    position_of,
)
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout, Entry, checkout_around
from ansible_collections.mint.promotion.plugins.plugin_utils._compose_source import ComposeSource, parse_compose
from ansible_collections.mint.promotion.plugins.plugin_utils._yaml_source import SIZE_LIMIT as FILE_LIMIT

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|git@|oci:")
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*[=:]", re.MULTILINE)
_LARGE_FILE = b"version https://git-lfs.github.com/spec/"  # git-lfs, docs/spec.md: a pointer in place of the bytes
_ALWAYS = frozenset({"HOME", "PATH", "COMPOSE_PROJECT_NAME"})  # Compose has these without being given any
_VARIABLE_REMEDY = "declare it in compose.variables of the manifest, or write a default: ${NAME:-text}"
_COMMIT_REMEDY = "commit it, run mint.promotion.build, and promote the manifest that it has pinned"


@dataclass(frozen=True)
class Layer:
    """One compose file as it is merged: its paths begin at `folder`, `known` are variables that it alone is given."""

    file: str
    folder: str
    survey: s.Survey
    positions: Positions
    known: frozenset[str] = frozenset()


def carried_files(checkout: Checkout, commit: str, manifest: Manifest, compose: OwnCompose) -> tuple[CarriedFile, ...]:
    """Return all that the compose files need of the repository at `commit`, by path.

    Raises `InvalidInput` with every fault, and `Refused` when the checkout has no such commit.
    """
    gathering = _Gathering(checkout, commit, compose)
    layers = gathering.layers([s.Mention(s.INCLUDE, file, ()) for file in compose.files], first_folder(compose))
    for index, layer in enumerate(layers):
        gathering.take(layer, layers[index + 1 :])
    facts = gathering.services(layers)
    gathering.faults += service_faults(manifest, compose, facts)
    gathering.faults += _variable_faults(manifest, layers)
    gathering.faults += [_named(layer, manifest) for layer in layers if _is_misnamed(layer, manifest, compose)]
    files = gathering.contents()
    if gathering.faults:
        raise InvalidInput(gathering.faults, f"The compose files at {commit[:12]}")
    return files


def pinned_files(
    manifest: Manifest, compose: OwnCompose, path: str, repository_path: str | None
) -> tuple[CarriedFile, ...]:
    """Return what is carried for the manifest file `path`, from its own repository where no other is named.

    Raises `InvalidInput` with every fault, a digest that is not the pinned one among them.
    """
    try:
        checkout = checkout_around(repository_path or os.path.dirname(os.path.abspath(path)))
        files = carried_files(checkout, manifest.revision, manifest, compose)
    except (CommandFailed, Refused) as error:
        wanted = "a checkout with the commit source.revision"
        raise InvalidInput([Violation(path, "compose", error.message, wanted, error.remedy)], path) from error
    found = carried_digest(files)
    if found != compose.digest:
        wanted = f"{found}, which the files have at source.revision ({manifest.revision[:12]})"
        remedy = "commit the compose files, then let mint.promotion.build or mint.promotion.pin pin revision and digest"
        raise InvalidInput([Violation(path, "compose.digest", compose.digest, wanted, remedy)], path)
    return files


def carries_the_same(checkout: Checkout, manifest: Manifest, compose: OwnCompose, one: str, other: str) -> bool:
    """Tell whether two commits give a release the same files; one whose files cannot be carried gives none."""
    try:
        before, after = (carried_files(checkout, commit, manifest, compose) for commit in (one, other))
    except PromotionError:
        return False
    return before == after


class _Gathering:
    """What was found so far: paths to carry, and faults."""

    def __init__(self, checkout: Checkout, commit: str, compose: OwnCompose) -> None:
        self._checkout = checkout
        self._compose = compose
        self._entries = checkout.entries(commit)
        self._paths: dict[str, None] = {}
        self._open: list[str] = []
        self._sources: dict[str, ComposeSource | None] = {}
        self._layers = 0
        self.faults: list[Violation] = []

    def layers(
        self,
        files: Sequence[s.Mention],
        folder: str,
        known: frozenset[str] = frozenset(),
        by: Layer | None = None,
        inner: str | None = None,
    ) -> list[Layer]:
        """Read files that are merged, and what they include: that comes before the file that includes it.

        Their names begin at `folder`, the paths in them at `inner` (the first file's folder by default).
        """
        found: list[Layer] = []
        for mention in files:
            path = mention.text if by is None else self._needed(mention, by, folder)
            inner = posixpath.dirname(path or "") if inner is None else inner
            layer = self._layer(path, inner, known, by, mention) if path is not None else None
            if layer is None or path is None:
                continue
            self._open.append(path)
            for include in layer.survey.includes:
                found += self._included(include, layer)
            self._open.pop()
            found.append(layer)
        return found

    def _included(self, include: s.Include, by: Layer) -> list[Layer]:
        inner = None if include.folder is None else posixpath.normpath(posixpath.join(by.folder, include.folder))
        default = posixpath.join(inner or posixpath.dirname(self._joined(include.files, by)), ".env")
        env_files = [path for one in include.env_files if (path := self._needed(one, by, by.folder)) is not None]
        if not include.env_files and self._is_file(default):
            env_files = [default]
        self._paths.update(dict.fromkeys(env_files))
        texts = [self._content(path).decode("utf-8", "replace") for path in env_files if self._is_file(path)]
        names = {name for text in texts for name in _ASSIGNMENT.findall(text)}
        return self.layers(include.files, by.folder, by.known | names, by, inner)

    def _joined(self, files: Sequence[s.Mention], by: Layer) -> str:
        return posixpath.normpath(posixpath.join(by.folder, files[0].text)) if files else ""

    def _layer(
        self, path: str, folder: str, known: frozenset[str], by: Layer | None, mention: s.Mention
    ) -> Layer | None:
        if path in self._open:
            self._report(by, mention.path, f"{path}, which includes this file", "files that do not include each other")
            return None
        if self._layers == COUNT_LIMIT:
            self._report(by, mention.path, f"more than {COUNT_LIMIT} files to merge", "fewer of them")
        self._layers += 1
        if self._layers > COUNT_LIMIT:
            return None
        if by is None and path not in self._entries:
            self.faults.append(
                Violation(path, "", "no such file in the commit", "a compose file of compose.files", _COMMIT_REMEDY)
            )
            return None
        self._paths[path] = None
        source = self._source(path)
        if source is None:
            return None
        return Layer(path, folder, s.survey(source.data, source.replaced), source.positions, known)

    def _source(self, path: str) -> ComposeSource | None:
        """What a file says; None, and its faults once, where it says nothing. Links are faults of `contents`."""
        if path not in self._sources:
            self._sources[path] = None
            try:
                if self._is_file(path):
                    self._sources[path] = parse_compose(self._content(path), path)
            except InvalidInput as error:
                self.faults += error.violations
        return self._sources[path]

    def take(self, layer: Layer, later: Sequence[Layer]) -> None:
        """Take all that one file names, but for what a later file puts something else in the place of."""
        replaced = {path for one in later for path in one.survey.replaced}
        for mention in layer.survey.mentions:
            if not any(mention.path[:length] in replaced for length in range(1, len(mention.path) + 1)):
                self._take(mention, layer)

    def _take(self, mention: s.Mention, layer: Layer) -> None:
        if mention.kind not in (s.BIND, s.SOURCE):
            path = self._needed(mention, layer, layer.folder)
            if path is not None:
                self._paths[path] = None
            return
        if mention.text[:1] in ("/", "~") or has_variables(mention.text):
            return  # a path of the host, or one that only the host can tell
        path = posixpath.normpath(posixpath.join(layer.folder, mention.text))
        if _leaves(path):
            self._report(layer, mention.path, f"{mention.text}, which leaves the repository", "a path inside of it")
        elif path in self._entries:
            self._paths[path] = None
        else:
            below = "" if path == "." else path + "/"
            self._paths.update(dict.fromkeys(one for one in self._entries if one.startswith(below)))

    def _needed(self, mention: s.Mention, layer: Layer, folder: str) -> str | None:
        """The path of a file that Compose reads; None, and a fault, where it can't be carried."""
        path = posixpath.normpath(posixpath.join(folder, mention.text))
        wanted = f"a file of the repository for {mention.kind}"
        remedy = "write its path"
        if _REMOTE.match(mention.text):
            found, remedy = f"{mention.text}, which is fetched from elsewhere", "commit a copy of it"
        elif has_variables(mention.text):
            found = f"a variable in the path {mention.text}"
        elif mention.text.startswith(("/", "~")) or _leaves(path):
            found, remedy = f"{mention.text}, which leaves the repository", "move it into the repository"
        elif path in self._entries:
            return path
        elif not mention.required:
            return None
        else:
            found = f"{path}, which is not in the commit"
            remedy = "commit it, or give what it says as values: environment of a module, compose.variables"
        self._report(layer, mention.path, found, wanted, remedy)
        return None

    def services(self, layers: Sequence[Layer]) -> dict[str, Facts]:
        """Return what all files together say of each service."""
        merged: dict[str, Facts] = {}
        for layer in layers:
            for name in layer.survey.services:
                merged[name] = self._facts(layer, name, ()).over(merged.get(name), layer.survey.replaced)
        return merged

    def _facts(self, layer: Layer, name: str, seen: tuple[tuple[str, str], ...], extended: bool = False) -> Facts:
        service = layer.survey.services[name]
        line, column = position_of(layer.positions, (*service.path, "image"))
        own = Facts(layer.file, line, column, service)
        base = self._base(layer, service, (*seen, (layer.file, name)), extended)
        return own.over(base) if base else own

    def _base(
        self, layer: Layer, service: s.Service, seen: tuple[tuple[str, str], ...], extended: bool
    ) -> Facts | None:
        """What the service extends; a file that is only `extended` is needed for that service alone."""
        extends = service.extends
        if extends is None:
            return None
        below: Layer | None = layer
        if extends.file is not None:
            path = self._needed(extends.file, layer, layer.folder)
            folder = posixpath.dirname(path or "")
            below = self._layer(path, folder, layer.known, layer, extends.file) if path is not None else None
        if below is None or (below.file, extends.service) in seen:
            return None
        if extends.service not in below.survey.services:
            found, wanted = f"the service {extends.service}, which {below.file} has not", "a service of that file"
            self._report(layer, (*service.path, "extends"), found, wanted)
            return None
        extended = extended or extends.file is not None
        if extended:
            for mention in below.survey.mentions:
                if mention.path[:2] == ("services", extends.service):
                    self._take(mention, below)
        return self._facts(below, extends.service, seen, extended)

    def contents(self) -> tuple[CarriedFile, ...]:
        """Return the carried files with their bytes; none while there are faults that keep them from being read."""
        paths = sorted(self._paths)
        self.faults += [fault for path in paths for fault in self._entry_faults(path)]
        size = sum(self._entries[path].size for path in paths if path in self._entries)
        if size > SIZE_LIMIT or len(paths) > COUNT_LIMIT:
            found = f"{len(paths)} files of {size} bytes"
            wanted = f"at most {COUNT_LIMIT} files of {SIZE_LIMIT} bytes in all"
            remedy = "put what is large into an image, or on the host"
            self.faults.append(Violation(self._compose.files[0], "", found, wanted, remedy))
        if self.faults:
            return ()
        blobs = self._checkout.blobs([self._entries[path].blob for path in paths])
        files = tuple(self._file(path, blobs) for path in paths)
        for one in files:
            if one.content.startswith(_LARGE_FILE):
                remedy = "put it into an image, or on the host"
                self.faults.append(Violation(one.path, "", "a pointer of git-lfs", "the file's own bytes", remedy))
        return files

    def _file(self, path: str, blobs: dict[str, bytes]) -> CarriedFile:
        entry = self._entries[path]
        return CarriedFile(path, blobs[entry.blob], entry.mode == "100755")

    def _entry_faults(self, path: str) -> Iterator[Violation]:
        entry = self._entries.get(path)
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        if shown != path:
            yield Violation(shown, "", "a name that is not UTF-8", "a name that every host reads alike", "rename it")
        if entry is not None and not entry.is_file:
            found = "a symbolic link" if entry.mode == "120000" else "a submodule"
            yield Violation(shown, "", found, "a plain file", "commit the file itself")
        if not is_beside(self._compose, path):
            folder = first_folder(self._compose)
            found = f"compose.directory {self._compose.directory}, which has no place for it beside {folder}"
            yield Violation(shown, "", found, f"a directory that ends with /{folder}", "correct compose.directory")

    def _is_file(self, path: str) -> bool:
        return path in self._entries and self._entries[path].is_file

    def _content(self, path: str) -> bytes:
        entry: Entry = self._entries[path]
        if entry.size > FILE_LIMIT:
            fault = Violation(path, "", f"{entry.size} bytes", f"at most {FILE_LIMIT} in a file that Compose reads")
            raise InvalidInput([fault], path)
        return self._checkout.blobs([entry.blob])[entry.blob]

    def _report(self, layer: Layer | None, path: Path, found: str, wanted: str, remedy: str = "") -> None:
        source, positions = (layer.file, layer.positions) if layer else (self._compose.files[0], {})
        self.faults.append(Violation(source, dotted(path), found, wanted, remedy, *position_of(positions, path)))


def _variable_faults(manifest: Manifest, layers: Sequence[Layer]) -> Iterator[Violation]:
    """Variables that nobody gives a value: Compose would put an empty text in their place."""
    given = _ALWAYS.union(value.source for value in contract(manifest))
    overlaid = {(module.service, one.name) for module in manifest.modules for one in module.environment}
    told: set[tuple[str, str]] = set()
    for layer in layers:
        for need in layer.survey.needs:
            if need.name in given or need.name in layer.known or (layer.file, need.name) in told:
                continue
            if need.into and (need.path[1], need.into) in overlaid:
                continue  # the manifest gives the container this variable, whatever the file says of it
            told.add((layer.file, need.name))
            found = f"the variable {need.name}, which has no value"
            place = position_of(layer.positions, need.path)
            yield Violation(layer.file, dotted(need.path), found, "a value for it", _VARIABLE_REMEDY, *place)


def _is_misnamed(layer: Layer, manifest: Manifest, compose: OwnCompose) -> bool:
    return layer.file in compose.files and layer.survey.name not in (None, manifest.project)


def _named(layer: Layer, manifest: Manifest) -> Violation:
    found, wanted = f"the project {layer.survey.name}", f"{manifest.project}, as stack.project of the manifest says"
    place = position_of(layer.positions, ("name",))
    return Violation(layer.file, "name", found, wanted, "let both say the same", *place)


def _leaves(path: str) -> bool:
    return path == ".." or path.startswith("../")
