# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests see and do on a host of the bed, past Ansible: as root, from inside."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence

from bed.bed import Bed

# Path, mode, owner and digest of everything below a folder; a link is what it points to.
_TREE = """
import hashlib, json, os, stat, sys
def entries(root):
    for folder, folders, files in os.walk(root):
        for name in sorted(folders + files):
            yield os.path.join(folder, name)
def told(path):
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        return "-> " + os.readlink(path)
    facts = "%o %d %d " % (info.st_mode, info.st_uid, info.st_gid)
    if not stat.S_ISREG(info.st_mode):
        return facts
    return facts + hashlib.sha256(open(path, "rb").read()).hexdigest()
print(json.dumps({path: told(path) for path in entries(sys.argv[1])}))
"""

# Who has worker.lock open is the worker, or waits for it; the worker has a session of its own.
_WORKER = """
import os, sys
def target(link):
    try:
        return os.readlink(link)
    except OSError:  # closed since it was listed
        return None
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        files = [target(f"/proc/{pid}/fd/{one}") for one in os.listdir(f"/proc/{pid}/fd")]
        leader = os.getsid(int(pid)) == int(pid)
    except OSError:  # ended since it was listed
        continue
    if sys.argv[1] in files and leader:
        print(pid)
"""


RELEASE_FILES = ("compose.yaml", ".env", "manifest.yml", "release.json")


@dataclass(frozen=True)
class Snapshot:
    """Everything of one stack on one host that a refused run must not have touched."""

    tree: Mapping[str, str]
    containers: Mapping[str, str]  # service -> id, image, state, start and number of restarts
    volumes: tuple[str, ...]
    networks: tuple[str, ...]


class HostView:
    """One stack on one host."""

    def __init__(self, bed: Bed, host: str, stack: str) -> None:
        self._bed = bed
        self.name = host
        self.stack = stack
        self.container = bed.units()[host].container
        facts = bed.facts()["hosts"][host]
        self.address: str = facts["address"]
        self.root = "/srv/promotion" if facts["access"] == "docker" else "/opt"
        self.folder = f"{self.root}/{stack}"

    def run(self, *argv: str, check: bool = True, data: str | None = None) -> str:
        """The standard output of a command, as root."""
        return self._bed.run(self.name, argv, data=data, check=check).stdout

    def docker(self, *argv: str) -> str:
        return self.run("docker", *argv).strip()

    def read(self, path: str) -> str:
        """The text of a file below the stack's folder."""
        return self.run("cat", f"{self.folder}/{path}")

    def exists(self, path: str = "") -> bool:
        return self._bed.run(self.name, ["test", "-e", f"{self.folder}/{path}"], check=False).returncode == 0

    def journal(self) -> list[Mapping[str, Any]]:
        return [json.loads(line) for line in self.read("journal.jsonl").splitlines()]

    def events(self) -> list[str]:
        return [entry["event"] for entry in self.journal()]

    def live(self) -> str:
        """The id of the release that `current` points to."""
        return self.run("readlink", f"{self.folder}/current").strip().rpartition("/")[2]

    def released(self) -> list[str]:
        """The ids of the releases that went live with success, newest first."""
        ended = [entry for entry in self.journal() if entry.get("outcome") in ("promoted", "restored")]
        return [entry["release"] for entry in reversed(ended)]

    def live_files(self) -> Mapping[str, str]:
        """The exact bytes that the live release consists of."""
        return {name: self.read(f"current/{name}") for name in RELEASE_FILES}

    def locked(self) -> bool:
        return self.exists("lock")

    def lock(self) -> Mapping[str, str]:
        """Who holds the lock."""
        holding: Mapping[str, str] = json.loads(self.read("lock"))
        return holding

    def containers(self) -> Mapping[str, Mapping[str, Any]]:
        """What the engine says of the stack's containers, by service."""
        ids = self._listed("ps", "--all")
        found = json.loads(self.docker("inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """Id and start of each container: both stay when nobody touched it."""
        return {service: (one["Id"], one["State"]["StartedAt"]) for service, one in self.containers().items()}

    def snapshot(self) -> Snapshot:
        return Snapshot(
            tree=json.loads(self.run("python3", "-c", _TREE, self.folder)),
            containers={service: _facts(one) for service, one in self.containers().items()},
            volumes=tuple(sorted(self._listed("volume", "ls"))),
            networks=tuple(sorted(self._listed("network", "ls"))),
        )

    def _listed(self, *command: str) -> list[str]:
        label = f"label=com.docker.compose.project={self.stack}"
        return self.docker(*command, "--quiet", "--filter", label).split()

    def get(self, port: int, path: str = "/") -> str:
        """What a user of the host gets."""
        return self.run(
            "curl", "--silent", "--show-error", "--fail", "--max-time", "5", f"http://127.0.0.1:{port}{path}"
        )

    def listeners(self) -> int:
        """How many TCP ports of its loopback alone the host listens on."""
        return len(self.run("ss", "-Htln", "src", "127.0.0.1").splitlines())

    def worker(self) -> int | None:
        """The process id of the living worker."""
        found = self.run("python3", "-c", _WORKER, f"{self.folder}/worker.lock").split()
        return int(found[0]) if found else None

    def kill_worker(self) -> None:
        pid = self.worker()
        assert pid is not None, f"no worker lives on {self.name}"
        self.run("kill", "-KILL", str(pid))

    def remove(self) -> None:
        """Take the stack off the host, whatever state it is in."""
        self.run("rm", "-rf", self.folder)
        if self._bed.run(self.name, ["docker", "version"], check=False).returncode:
            return
        for kind, ids in (("rm", self._listed("ps", "--all")), ("network", self._listed("network", "ls"))):
            flags = ("--force", "--volumes") if kind == "rm" else ("rm",)
            if ids:
                self.docker(kind, *flags, *ids)
        volumes = self._listed("volume", "ls")
        if volumes:
            self.docker("volume", "rm", "--force", *volumes)


def _facts(container: Mapping[str, Any]) -> str:
    state = container["State"]
    parts: Sequence[Any] = (
        container["Id"],
        container["Image"],
        state["Status"],
        state["StartedAt"],
        container["RestartCount"],
    )
    return " ".join(map(str, parts))


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60, pause: float = 0.05) -> None:
    """Return when the condition holds; fail in its own words when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(pause)
