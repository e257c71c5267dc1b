# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One bed: up, down, and what a test does with it."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence

from . import engine, fleet, postgres, render
from .console import locked, say, timed
from .errors import BedError
from .images import Workshop
from .plan import Host, Site, checked_name, databases, planned_hosts

ROOT = Path(__file__).resolve().parents[2]
IMAGES = frozenset({"registry", "postgres", "node-runtime", "node-build", "host"})
SPECIAL_IMAGES = frozenset({"without-docker", "compose-v1"})
BASE_IMAGES = ("node-build", "node-runtime")
"""What the example modules are built on: named in facts.json."""

WORKERS = 8


class Bed:
    """A bed by name. Its files lie in `.bed/<name>` of the checkout; several beds live side by side."""

    def __init__(self, name: str = "mint", root: Path = ROOT) -> None:
        self.name = checked_name(name)
        self.state = root / ".bed"
        self.folder = self.state / name
        self.inventory = self.folder / "inventory.yml"
        self.ssh_config = self.folder / "ssh_config"
        self._root = root

    def up(self, staging: int = 1, prod: int = 2, special: bool = False) -> None:
        """Makes what is missing of the bed, starts what is stopped, and writes its files.

        Never removes a host. Raises BedError with what to do next.
        """
        with timed(f"{self.name} is up"), locked(self.state / f"{self.name}.lock"):
            engine.ensure(self.state / "engine")
            workshop = Workshop(self.state)
            workshop.ensure(IMAGES | (SPECIAL_IMAGES if special else frozenset()))
            site = fleet.ensure_site(self.name, self._root)
            hosts = planned_hosts(site.subnet, staging, prod, special)
            self._start_missing(site, hosts, workshop.tags)
            keys = self._serve(site)
            self._write(site, keys, {kind: workshop.tags[kind] for kind in BASE_IMAGES})

    def _start_missing(self, site: Site, hosts: Iterable[Host], tags: dict[str, str]) -> None:
        there = fleet.units(self.name)
        privileged = self._privileged(tags["host"])
        services = (role for role in ("registry", "postgres") if role not in there)
        absent = (host for host in hosts if host.name not in there)
        jobs: list[Callable[[], object]] = [
            *(partial(fleet.run_service, self.name, role, tags[role], site) for role in services),
            *(partial(fleet.run_host, self.name, host, tags[host.image], site, privileged) for host in absent),
            *(partial(_wake, unit) for unit in there.values()),
        ]
        _together(jobs)
        _tell_of_old_images(there, tags)

    def _privileged(self, image: str) -> bool:
        """Tried once an engine; the answer is kept."""
        path = self.state / "engine" / "privileged.json"
        engine_id = engine.docker("info", "--format", "{{.ID}}").stdout.strip()
        known: dict[str, bool] = json.loads(path.read_text("ascii")) if path.exists() else {}
        if engine_id not in known:
            known[engine_id] = fleet.allows_privileged(image)
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(known), "ascii")
        return known[engine_id]

    def _serve(self, site: Site) -> dict[str, str]:
        """Waits until all hosts and Postgres serve; the hosts' public keys by name."""
        key = self._public_key()
        data = databases(self.name, site.postgres_address).values()
        hosts = self.hosts()
        postgres_container = fleet.container_name(self.name, "postgres")
        with ThreadPoolExecutor(WORKERS) as pool:
            database = pool.submit(postgres.ensure, postgres_container, data)
            keys = list(pool.map(lambda host: self._ready(host.name, key), hosts))
            database.result()
        return {host.name: text for host, text in zip(hosts, keys, strict=True)}

    def _ready(self, name: str, key: bytes) -> str:
        container = fleet.container_name(self.name, name)
        with timed(f"{name} serves"):
            return engine.docker("exec", "--interactive", container, "bed-host", "ready", data=key).stdout

    def _public_key(self) -> bytes:
        path = self.folder / "id_ed25519"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"mint-bed-{self.name}", "-f", str(path)]
            subprocess.run(argv, check=True)
        return path.with_suffix(".pub").read_bytes()

    def _write(self, site: Site, keys: dict[str, str], images: dict[str, str]) -> None:
        hosts = self.hosts()
        known = self.folder / "known_hosts"
        data = databases(self.name, site.postgres_address)
        identity = str(self.folder / "id_ed25519")
        known.write_text(render.known_hosts(hosts, keys), "utf-8")
        self.ssh_config.write_text(render.ssh_config(hosts, identity, str(known)), "utf-8")
        inventory = render.inventory(site, hosts, data, str(self.ssh_config))
        self.inventory.write_text("---\n" + render.yaml(inventory), "utf-8")
        facts = render.facts(self.name, site, hosts, data, images)
        (self.folder / "facts.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")

    def down(self) -> None:
        """Removes the bed's containers, volumes and networks, and its files."""
        with locked(self.state / f"{self.name}.lock"):
            fleet.find_site(self.name, self._root)
            with timed(f"{self.name} is down"):
                fleet.remove(self.name)
            for path in self.folder.glob("*"):
                path.unlink()
            if self.folder.exists():
                self.folder.rmdir()

    def units(self) -> dict[str, fleet.Unit]:
        """All containers of the bed by short name: hosts, registry, postgres."""
        return fleet.units(self.name)

    def hosts(self, group: str | None = None) -> tuple[Host, ...]:
        """The hosts that exist, running or not, of one group or of all."""
        found = (unit.host for unit in self.units().values() if unit.host)
        return tuple(host for host in found if group in (None, host.group))

    def facts(self) -> dict[str, Any]:
        """facts.json as data; raises BedError when the bed is not up."""
        path = self.folder / "facts.json"
        if not path.exists():
            raise BedError(f"there is no bed {self.name!r}: run `up --name {self.name}`")
        facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return facts

    def run(self, host: str, argv: Sequence[str], data: str | None = None, check: bool = True) -> engine.Completed:
        """Runs a command on a host as root, past SSH; raises BedError when it fails and `check` is set."""
        flags = ["--interactive"] if data is not None else []
        stdin = data.encode() if data is not None else None
        return engine.docker("exec", *flags, self._container(host), *argv, data=stdin, check=check)

    def ssh(self, host: str, *command: str) -> list[str]:
        """The argv that runs `command` on a host by SSH as its user; without a command a shell."""
        self._container(host)
        return ["ssh", "-F", str(self.ssh_config), host, *command]

    def reset(self, *hosts: str) -> None:
        """Takes hosts (all, when none is named) back to empty ones: no containers, no volumes, no releases."""
        names = hosts or tuple(host.name for host in self.hosts())
        _together([partial(self.run, name, ["bed-host", "reset"]) for name in names])

    def kill(self, host: str) -> None:
        """Ends all processes of a host at once, as a lost machine would."""
        engine.docker("kill", self._container(host))

    def start(self, host: str) -> None:
        """Starts a killed host and waits until it serves."""
        engine.docker("start", self._container(host))
        self._ready(host, self._public_key())

    def pause(self, host: str) -> None:
        """Freezes a host: its address takes packets, nobody answers."""
        engine.docker("pause", self._container(host))

    def unpause(self, host: str) -> None:
        engine.docker("unpause", self._container(host))

    def _container(self, host: str) -> str:
        units = self.units()
        if host not in units:
            known = ", ".join(units) or "none: it is not up"
            raise BedError(f"no host {host!r} in the bed {self.name!r}; there are {known}")
        return units[host].container


def _wake(unit: fleet.Unit) -> None:
    if unit.state == "paused":
        engine.docker("unpause", unit.container)
    elif unit.state != "running":
        engine.docker("start", unit.container)


def _tell_of_old_images(there: dict[str, fleet.Unit], tags: dict[str, str]) -> None:
    for name, unit in there.items():
        if unit.image != tags[unit.host.image if unit.host else unit.role]:
            say(f"{name} runs an older image than the bed now builds: `down` and `up` renew it")


def _together(jobs: Iterable[Callable[[], object]]) -> None:
    """Runs the jobs side by side; the first failure is raised when all have ended."""
    with ThreadPoolExecutor(WORKERS) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()
