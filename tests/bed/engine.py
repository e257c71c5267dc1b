# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The outer Docker Engine: asked by the docker CLI, and started where none runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Sequence

from .console import say, timed
from .errors import BedError

PACKAGES = {
    "docker": "docker.io",
    "dockerd": "docker.io",
    "debootstrap": "debootstrap",
    "iptables": "iptables",
    "ssh": "openssh-client",
}
START_SECONDS = 60

Completed = subprocess.CompletedProcess[str]


def docker(*argv: str, data: bytes | None = None, check: bool = True, env: dict[str, str] | None = None) -> Completed:
    """Runs the docker CLI; raises BedError with its words when it fails and `check` is set."""
    try:
        done = subprocess.run(
            ["docker", *argv], input=data, capture_output=True, check=False, env={**os.environ, **(env or {})}
        )
    except FileNotFoundError:
        raise BedError("no `docker` here: `up` installs it, for root on Debian or Ubuntu") from None
    stdout, stderr = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    if check and done.returncode:
        words = _last_words(stderr or stdout)
        raise BedError(f"`docker {' '.join(argv[:8])}` ended with {done.returncode}:\n  {words}")
    return Completed(done.args, done.returncode, stdout, stderr)


def _last_words(text: str) -> str:
    lines = text.strip().splitlines()[-20:]
    advice = ["If no engine runs, `up` starts one."] if "Cannot connect to the Docker daemon" in text else []
    return "\n  ".join([*lines, *advice])


def inspect(kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """`docker <kind> inspect` of those of `names` that exist."""
    if not names:
        return []
    found: list[dict[str, Any]] = json.loads(docker(kind, "inspect", *names, check=False).stdout or "[]")
    return found


def labelled(kind: str, label: str) -> list[dict[str, Any]]:
    """All containers, networks or volumes with the label, as `docker inspect` shows them."""
    flags = ["--all"] if kind == "container" else []
    return inspect(kind, docker(kind, "ls", *flags, "--quiet", "--filter", f"label={label}").stdout.split())


def answers() -> bool:
    return shutil.which("docker") is not None and docker("version", check=False).returncode == 0


def ensure(state: Path) -> None:
    """An engine answers when this returns. Installs and starts one for root on Debian or Ubuntu, else raises
    BedError that says what to install. What it started is noted in `state`, for `stop`."""
    if not answers():
        _refuse_unless_root_on_debian()
        _install()
    if not answers():
        _start(state)
    if shutil.which("ssh") is None:
        raise BedError("no `ssh` here: install openssh-client")


def _refuse_unless_root_on_debian() -> None:
    if os.environ.get("DOCKER_HOST"):
        raise BedError("no Docker Engine answers at DOCKER_HOST: start it, or unset DOCKER_HOST")
    if os.geteuid() != 0 or not _is_debian(Path("/etc/os-release").read_text(encoding="utf-8")):
        raise BedError(
            "no Docker Engine answers: install and start one (Debian, Ubuntu: `apt-get install docker.io "
            "debootstrap`) and join the group docker, or run this as root on Debian or Ubuntu"
        )


def _is_debian(os_release: str) -> bool:
    fields = dict(line.partition("=")[::2] for line in os_release.splitlines())
    words = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return "debian" in words or "ubuntu" in words


def _install() -> None:
    wanted = sorted({package for tool, package in PACKAGES.items() if shutil.which(tool) is None})
    if wanted:
        apt_install(wanted)


def apt_install(packages: Sequence[str]) -> None:
    """Installs Debian packages on this machine; raises BedError with apt's last words."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with timed(f"installed {', '.join(packages)}"):
        subprocess.run(["apt-get", "update", "-qq"], env=env, check=False, capture_output=True)
        argv = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        done = subprocess.run(argv, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BedError(f"apt-get install {' '.join(packages)} failed:\n  {done.stderr.strip()[-600:]}")


def _start(state: Path) -> None:
    state.mkdir(parents=True, exist_ok=True)
    log = state / "dockerd.log"
    with timed("started dockerd"), log.open("ab") as output:
        process = subprocess.Popen(
            ["dockerd", "--pidfile", str(state / "docker.pid")],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        note = {"pid": process.pid, "started": _start_time(process.pid)}
        (state / "dockerd.json").write_text(json.dumps(note), encoding="ascii")
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
                raise BedError(f"dockerd does not start; its last words in {log}:\n  " + "\n  ".join(words))
            time.sleep(0.1)


def _start_time(pid: int) -> str:
    """When the process started, in clock ticks after boot: field 22 of proc_pid_stat(5). Empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def stop(state: Path) -> None:
    """Stops the dockerd that `ensure` started, and no other one."""
    path = state / "dockerd.json"
    if not path.exists():
        return
    note = json.loads(path.read_text(encoding="ascii"))
    if note["started"] and _start_time(note["pid"]) == note["started"]:
        with timed("stopped dockerd"):
            os.kill(note["pid"], signal.SIGTERM)
            _await_end(note["pid"], note["started"])
    path.unlink()


def _await_end(pid: int, started: str) -> None:
    for _attempt in range(START_SECONDS * 10):
        if _start_time(pid) != started or _is_zombie(pid):
            return
        time.sleep(0.1)
    say(f"dockerd (pid {pid}) takes its time to stop")


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
