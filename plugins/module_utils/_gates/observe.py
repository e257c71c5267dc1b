# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observe a host for the gates: ask much, at once, change nothing, judge nothing.

Evidence maps a name to `{"value": ...}`, or to `{"value": None, "reason": "..."}` where the observation could
not be made. The values:

    platform      {os, arch} as images name them, and python
    user          {name, uid, root, root_writable, owner, group}; root is the promotion root, owner and group are those
                  that files shall get: null, or {name, known, allowed}; allowed: this user may give files to them
    engine        version of the Docker Engine
    compose       version of the Compose plugin
    disk          {root, root_free, data, data_free}: folders and their free bytes; data is the engine's folder
    ports         of each published port {module, address, published, protocol, state, owner};
                  state is free, ours (published by this project) or taken, owner says by whom where it is known
    networks      external network -> whether it exists
    volumes       external volume -> whether it exists
    images        of each module {module, reference, here, source, registry, platforms, size, reason, labels}; source is
                  registry, build or ssh, registry is None when it was not or could not be asked, labels are those of
                  `LABELS` that an image has which is here
    reachability  of each endpoint {name, host, port, reachable, reason}
    checks        of each gate of the manifest {check, passed, found, wanted, seconds}
    release       what release_info says of the stack
    anchor        the checkpoint of the ledger that the host saw last, as a note; empty when it saw none
    live          where some modules only are promoted: what _release/observe.inheritable says
    clock         {time, seconds}: this host's clock when it was asked, in seconds since 1970, and how long it took to
                  answer; whoever asked adds {skew_seconds, error_seconds} of clocks.clock_difference
    backup        where the policy asks for one: what backups.last_backup says
"""

from __future__ import annotations

import grp
import os
import platform
import pwd
import shutil
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from .._checks.connect import Deadline, connect
from .._data import encode
from .._engine.driver import Engine
from .._engine.explain import reason_of
from .._engine.model import Image, PublishedPort
from .._errors import CommandFailed, CouldNotCheck, PromotionError
from .._manifest.build import REVISION_LABEL, SOURCE_LABEL
from .._manifest.model import BUILD, REGISTRY, SSH, Endpoint, Manifest, Module, Port
from .._manifest.policy_model import Backup
from .._manifest.supply import Supply, image_tag, is_supplied
from .architecture import image_architecture, image_platform, platform_of
from .backups import last_backup
from .own_checks import ask_gates
from .ports import Listener, parse_listeners, port_state

LABELS = (SOURCE_LABEL, REVISION_LABEL)  # of an image: from what it was made
REACH_SECONDS = 3.0
QUESTIONS_AT_ONCE = 8

Question = Callable[[], Any]


@dataclass(frozen=True)
class Subject:
    """What is asked about: the promotion root, the stack's folder in it and, for a promotion, the manifest.

    `release` gives what release_info observes of the stack, `anchor` the checkpoint that the host keeps, `live` what a
    promotion of some modules takes over.
    `owner` and `group` are the names that files shall get.
    """

    root: str
    stack: str
    manifest: Optional[Manifest]
    release: Question
    anchor: Question
    owner: Optional[str] = None
    group: Optional[str] = None
    supplies: Mapping[str, Supply] = field(default_factory=dict)  # by module, of images that no registry gives
    live: Optional[Question] = None
    backup: Optional[Backup] = None


def observe(subject: Subject, engine: Engine) -> Dict[str, Dict[str, Any]]:
    """All evidence of this host. Nothing is raised for what the host lacks."""
    asked_at, began = time.time(), time.monotonic()
    with ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
        asked = {name: pool.submit(_answer, ask) for name, ask in _host_questions(subject, engine).items()}
        lists = {name: _ask_each(pool, each) for name, each in _list_questions(subject, engine).items()}
        evidence = {name: future.result() for name, future in asked.items()}
        evidence.update({name: _gathered(futures) for name, futures in lists.items()})
    evidence.update(_version_evidence(evidence.pop("versions")))
    evidence["clock"] = {"value": {"time": asked_at, "seconds": time.monotonic() - began}}
    return evidence


def _host_questions(subject: Subject, engine: Engine) -> Dict[str, Question]:
    questions: Dict[str, Question] = {
        "platform": _platform,
        "user": partial(_user, subject),
        "versions": engine.versions,
        "disk": partial(_disk, subject.root, engine),
        "release": subject.release,
        "anchor": subject.anchor,
    }
    if subject.live is not None:
        questions["live"] = subject.live
    if subject.backup is not None:
        questions["backup"] = partial(last_backup, subject.backup)
    names = ("ports", "networks", "volumes", "checks")
    if subject.manifest is None:
        return {**questions, **dict.fromkeys((*names, "images", "reachability"), _no_manifest)}
    asked = (_ports, _networks, _volumes, _checks)
    return {**questions, **{name: partial(ask, subject.manifest, engine) for name, ask in zip(names, asked)}}


def _list_questions(subject: Subject, engine: Engine) -> Dict[str, List[Question]]:
    """Questions of which each may take seconds, so that they are asked at once."""
    if subject.manifest is None:
        return {}
    return {
        "images": [_ask_image(subject, module, engine) for module in subject.manifest.modules],
        "reachability": [partial(_reach, endpoint) for endpoint in subject.manifest.reachability],
    }


def _ask_image(subject: Subject, module: Module, engine: Engine) -> Question:
    supply = subject.supplies.get(module.name)
    if supply is None:
        return partial(_image, module, engine)
    return partial(_supplied_image, module, subject.stack, supply, engine)


def _answer(ask: Question) -> Dict[str, Any]:
    try:
        return {"value": encode(ask())}
    except CommandFailed as error:
        return {"value": None, "reason": error.message if error.returncode is None else reason_of(error.stderr)}
    except PromotionError as error:
        return {"value": None, "reason": error.message}
    except (OSError, ValueError) as error:
        return {"value": None, "reason": str(error)}


def _ask_each(pool: ThreadPoolExecutor, questions: Sequence[Question]) -> List[Future[Dict[str, Any]]]:
    return [pool.submit(_answer, question) for question in questions]


def _gathered(futures: Sequence[Future[Dict[str, Any]]]) -> Dict[str, Any]:
    """One observation of many; one that could not be made leaves none."""
    answers = [future.result() for future in futures]
    failed = next((answer for answer in answers if "reason" in answer), None)
    return failed or {"value": [answer["value"] for answer in answers]}


def _version_evidence(answer: Mapping[str, Any]) -> Dict[str, Dict[str, Any]]:
    """Engine and Compose as observations of their own, of the answer that has both."""
    found = answer["value"] or {}
    return {
        name: _version(found.get(name), found.get(f"{name}_reason") or answer.get("reason", ""))
        for name in ("engine", "compose")
    }


def _version(version: Optional[str], reason: str) -> Dict[str, Any]:
    return {"value": version} if version else {"value": None, "reason": reason}


def _no_manifest() -> None:
    raise CouldNotCheck("no manifest was given")


def _platform() -> Dict[str, str]:
    return {
        "os": platform.system().lower(),
        "arch": image_architecture(platform.machine()),
        "python": platform.python_version(),
    }


def _user(subject: Subject) -> Dict[str, Any]:
    uid = os.geteuid()
    folder = _existing(os.path.join(subject.root, subject.stack))
    return {
        "name": _user_name(uid),
        "uid": uid,
        "root": subject.root,
        "root_writable": os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK),
        "owner": _principal(subject.owner, lambda name: pwd.getpwnam(name).pw_uid, (uid,)),
        "group": _principal(subject.group, lambda name: grp.getgrnam(name).gr_gid, (os.getegid(), *os.getgroups())),
    }


def _principal(name: Optional[str], number: Callable[[str], int], own: Sequence[int]) -> Optional[Dict[str, Any]]:
    """Whether the host knows a user or group, and this user may give files to it (chown(2): root, or to its own)."""
    if not name:
        return None
    try:
        found = number(name)
    except KeyError:
        return {"name": name, "known": False, "allowed": False}
    return {"name": name, "known": True, "allowed": os.geteuid() == 0 or found in own}


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _existing(path: str) -> str:
    """The path itself, or the nearest folder above it that exists."""
    while not os.path.exists(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def _disk(root: str, engine: Engine) -> Dict[str, Any]:
    data = engine.data_directory()
    free = {name: shutil.disk_usage(_existing(path)).free for name, path in (("root", root), ("data", data))}
    return {"root": root, "root_free": free["root"], "data": data, "data_free": free["data"]}


def _networks(manifest: Manifest, engine: Engine) -> Dict[str, bool]:
    wanted = [one.name for one in manifest.networks if one.external]
    there = engine.networks() if wanted else ()
    return {name: name in there for name in wanted}


def _volumes(manifest: Manifest, engine: Engine) -> Dict[str, bool]:
    wanted = [one.name for one in manifest.volumes if one.external]
    there = {volume.name for volume in engine.volumes(wanted)}
    return {name: name in there for name in wanted}


def _image(module: Module, engine: Engine) -> Dict[str, Any]:
    here = engine.image(module.image)
    told = _from_host(here) if here else _from_registry(module.image, engine)
    return {"module": module.name, "reference": module.image, "here": here is not None, "source": REGISTRY, **told}


def _supplied_image(module: Module, stack: str, supply: Supply, engine: Engine) -> Dict[str, Any]:
    """An image that is asked of no registry: the host has it under its own tag, or gets it from the control node."""
    digest = supply.digest(platform_of(_platform()))
    reference = image_tag(stack, module.name, digest)
    found = engine.image(reference)
    here = found if is_supplied(found, digest, supply) else None
    told = _from_host(here) if here else _from_control_node(supply)
    source = BUILD if supply.recipe else SSH
    return {"module": module.name, "reference": reference, "here": here is not None, "source": source, **told}


def _from_control_node(supply: Supply) -> Dict[str, Any]:
    parcel, reason = supply.parcel, "not asked: the host builds it"
    if parcel is None:
        return {"registry": None, "platforms": [], "size": None, "reason": reason}
    platforms = sorted(image_platform(one) for one in parcel.images)
    return {"registry": None, "platforms": platforms, "size": parcel.size, "reason": "not asked: it is sent"}


def _from_host(image: Image) -> Dict[str, Any]:
    reason = "not asked: the host has the image"
    labels = {name: image.labels[name] for name in LABELS if name in image.labels}
    platforms = [image_platform(image.platform)]
    return {"registry": None, "platforms": platforms, "size": image.size, "reason": reason, "labels": labels}


def _from_registry(reference: str, engine: Engine) -> Dict[str, Any]:
    found = engine.registry_image(reference)
    platforms = sorted({image_platform(one) for one in found.platforms})
    return {"registry": found.exists, "platforms": platforms, "size": found.size, "reason": found.reason}


def _reach(endpoint: Endpoint) -> Dict[str, Any]:
    reason = _unreachable(endpoint)
    told = {"name": endpoint.name, "host": endpoint.host, "port": endpoint.port}
    return {**told, "reachable": not reason, "reason": reason}


def _unreachable(endpoint: Endpoint) -> str:
    """Why it cannot be reached, empty when it can."""
    try:
        connect(endpoint.host, endpoint.port, Deadline(REACH_SECONDS)).close()
    except CouldNotCheck as error:
        return error.message
    except socket.timeout:
        return f"no answer within {REACH_SECONDS:g} s"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _checks(manifest: Manifest, _engine: Engine) -> List[Dict[str, Any]]:
    """The gates of the manifest that are asked from hosts."""
    told = (encode(one) for one in ask_gates([check for check in manifest.gates if check.run_from == "host"]))
    return [{key: value for key, value in one.items() if key != "captures"} for one in told]


def _ports(manifest: Manifest, engine: Engine) -> List[Dict[str, Any]]:
    wanted = [(module.name, port) for module in manifest.modules for port in module.ports]
    return observe_ports(wanted, manifest.project, engine.published_ports())


def observe_ports(
    wanted: Sequence[Tuple[str, Port]], project: str, published: Sequence[PublishedPort]
) -> List[Dict[str, Any]]:
    """Look who has each port that a module or service wants; `published` are those of all containers."""
    listeners = _listeners()
    return [_port(name, port, project, published, listeners) for name, port in wanted]


def _port(
    module: str, port: Port, project: str, published: Sequence[PublishedPort], listeners: Sequence[Listener]
) -> Dict[str, Any]:
    found = port_state(port, project, published, listeners)
    owner = _process_of(found.inode) if found.inode is not None else found.owner
    told = {"module": module, "address": port.address, "published": port.published, "protocol": port.protocol}
    return {**told, "state": found.state, "owner": owner}


def _listeners() -> Tuple[Listener, ...]:
    found: Tuple[Listener, ...] = ()
    for protocol in ("tcp", "udp"):
        for name in (protocol, f"{protocol}6"):
            found += parse_listeners(_read(f"/proc/net/{name}"), protocol)
    return found


def _read(path: str) -> str:
    """The text of a file of /proc; empty where there is none (a kernel without IPv6, a process that ended)."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _process_of(inode: int) -> Optional[str]:
    """Name and id of the process that holds a socket; None where this user may not see it."""
    wanted = f"socket:[{inode}]"
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        if wanted in _links(f"/proc/{pid}/fd"):
            return f"{_read(f'/proc/{pid}/comm').strip()} (process {pid})"
    return None


def _links(folder: str) -> Tuple[str, ...]:
    try:
        return tuple(os.readlink(entry.path) for entry in os.scandir(folder))
    except OSError:
        return ()
