# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one compose file says that a promotion must know before it leaves the control node (pure).

Compose itself reads the files on the host and is the judge of all else: data of a shape that it would refuse is
passed over here. Keys as in the Compose specification: https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, FrozenSet, Iterator, List, Mapping, Optional, Tuple

from .._schema.place import Path
from .interpolation import needed_variables

INCLUDE, EXTENDS, ENV_FILE = "include", "extends", "env_file"  # Compose cannot read the project without these
BIND, SOURCE = "bind", "file"  # a path of the host, which may come from the repository: binds; configs and secrets


@dataclass(frozen=True)
class Mention:
    """A path that a compose file names, as it is written there, and where."""

    kind: str
    text: str
    path: Path
    required: bool = True


@dataclass(frozen=True)
class Include:
    """One entry of `include`: files that are merged, with the folder that their paths begin at (None: their own)."""

    files: Tuple[Mention, ...]
    folder: Optional[str] = None
    env_files: Tuple[Mention, ...] = ()


@dataclass(frozen=True)
class Extends:
    """What a service extends. `file` is None for a service of the same file."""

    service: str
    file: Optional[Mention] = None


@dataclass(frozen=True)
class Service:
    """`image` None: not said here. `profiles` None: not said here."""

    path: Path
    image: Optional[str] = None
    build: bool = False
    provider: bool = False
    profiles: Optional[Tuple[str, ...]] = None
    extends: Optional[Extends] = None


@dataclass(frozen=True)
class Need:
    """A variable that the file interpolates or passes on, with no value of its own to stand in.

    `into` is the variable of the container that it is for, empty where it is for anything else.
    """

    name: str
    path: Path
    into: str = ""


@dataclass(frozen=True)
class Survey:
    """`replaced` are the paths tagged !reset or !override: what earlier files say there does not hold."""

    name: Optional[str]
    services: Mapping[str, Service]
    includes: Tuple[Include, ...]
    mentions: Tuple[Mention, ...]
    needs: Tuple[Need, ...]
    replaced: FrozenSet[Path] = field(default_factory=frozenset)


def survey(data: Any, replaced: FrozenSet[Path] = frozenset()) -> Survey:
    """Look through the data of one compose file: mappings, lists, and text or None for every scalar."""
    top = _mapping(data)
    services = _mapping(top.get("services"))
    return Survey(
        name=top.get("name") if isinstance(top.get("name"), str) else None,
        services={name: _service(_mapping(one), ("services", name)) for name, one in services.items()},
        includes=tuple(_includes(top.get("include"))),
        mentions=tuple(_mentions(top, services)),
        needs=tuple(_needs(top)),
        replaced=replaced,
    )


def _service(data: Mapping[str, Any], path: Path) -> Service:
    profiles = data.get("profiles")
    return Service(
        path=path,
        image=data["image"] if isinstance(data.get("image"), str) else None,
        build=data.get("build") is not None,
        provider=data.get("provider") is not None,
        profiles=tuple(map(str, profiles)) if isinstance(profiles, list) else None,
        extends=_extends(data.get("extends"), (*path, "extends")),
    )


def _extends(value: Any, path: Path) -> Optional[Extends]:
    if isinstance(value, str):
        return Extends(value)
    data = _mapping(value)
    if not isinstance(data.get("service"), str):
        return None
    file = data.get("file")
    return Extends(data["service"], Mention(EXTENDS, file, (*path, "file")) if isinstance(file, str) else None)


def _includes(value: Any) -> Iterator[Include]:
    for index, entry in enumerate(_list(value)):
        path: Path = ("include", index)
        if isinstance(entry, str):
            yield Include((Mention(INCLUDE, entry, path),))
        data = _mapping(entry)
        if data:
            folder = data.get("project_directory")
            yield Include(
                tuple(_texts(INCLUDE, data.get("path"), (*path, "path"))),
                folder if isinstance(folder, str) else None,
                tuple(_texts(ENV_FILE, data.get("env_file"), (*path, "env_file"))),
            )


def _texts(kind: str, value: Any, path: Path) -> Iterator[Mention]:
    """One text or a list of them; entries of env_file may be mappings with `path` and `required`."""
    if isinstance(value, str):
        yield Mention(kind, value, path)
    for index, item in enumerate(_list(value)):
        here = (*path, index)
        data = _mapping(item)
        if isinstance(item, str):
            yield Mention(kind, item, here)
        elif isinstance(data.get("path"), str):
            yield Mention(kind, data["path"], (*here, "path"), str(data.get("required")).lower() != "false")


def _mentions(top: Mapping[str, Any], services: Mapping[str, Any]) -> Iterator[Mention]:
    for name, value in services.items():
        path: Path = ("services", name)
        service = _mapping(value)
        for key in ("env_file", "label_file"):
            yield from _texts(ENV_FILE, service.get(key), (*path, key))
        for index, volume in enumerate(_list(service.get("volumes"))):
            source = _bind_source(volume)
            if source:
                yield Mention(BIND, source, (*path, "volumes", index))
    for kind in ("configs", "secrets"):
        for name, value in _mapping(top.get(kind)).items():
            file = _mapping(value).get("file")
            if isinstance(file, str):
                yield Mention(SOURCE, file, (kind, name, "file"))


def _bind_source(volume: Any) -> str:
    """The path of the host that is mounted; empty for a named volume, a tmpfs, and a path of the container alone."""
    if isinstance(volume, str):
        source, colon, _target = volume.partition(":")
        return source if colon and source[:1] in (".", "/", "~") else ""
    data = _mapping(volume)
    named = data.get("source")
    return named if data.get("type") == "bind" and isinstance(named, str) else ""


def _needs(top: Mapping[str, Any]) -> Iterator[Need]:
    for key, value in top.items():
        if not key.startswith("x-"):  # what of it is used stands again where an alias puts it
            for text, path in _scalars(value, (key,)):
                yield from (Need(name, path, _into(text, path)) for name in needed_variables(text))
    for name, service in _mapping(top.get("services")).items():
        yield from _passed_on(_mapping(service).get("environment"), ("services", name, "environment"))
    for kind in ("configs", "secrets"):
        for name, value in _mapping(top.get(kind)).items():
            variable = _mapping(value).get("environment")
            if isinstance(variable, str) and "$" not in variable:
                yield Need(variable, (kind, name, "environment"))


def _into(text: str, path: Path) -> str:
    """The container's variable that a text of a compose file is, or has behind its `=`, the value of."""
    if len(path) != 4 or path[0] != "services" or path[2] != "environment":
        return ""
    return path[3] if isinstance(path[3], str) else text.partition("=")[0]


def _passed_on(environment: Any, path: Path) -> Iterator[Need]:
    """Variables without a value, which Compose takes from its own environment."""
    for key, value in _mapping(environment).items():
        if value is None:
            yield Need(key, (*path, key), key)
    for index, item in enumerate(_list(environment)):
        if isinstance(item, str) and "=" not in item and "$" not in item:
            yield Need(item, (*path, index), item)


def _scalars(value: Any, path: Path) -> Iterator[Tuple[str, Path]]:
    if isinstance(value, str):
        yield value, path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _scalars(item, (*path, key))
    else:
        for index, item in enumerate(_list(value)):
            yield from _scalars(item, (*path, index))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> List[Any]:
    return value if isinstance(value, list) else []
