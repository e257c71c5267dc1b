# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secret values: the container gets exactly their bytes, and nobody else gets to see them."""

from __future__ import annotations

import json
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from integration.catalog import FIRST, SECOND
from integration.hosts import HostView, wait_until
from integration.promotions import Promote, Promotion
from integration.stacks import edit, values

NEEDLE = "planted7f3a9c"
SECRET = f"{NEEDLE} with space, $HOME ${{PATH}} $$, #hash, 'single', \"double\", \\back\\slash, `tick`, end "

# Looks at every process's arguments until the file goes away; what it seeks comes on standard input, so that it
# does not find itself.
_WATCH = """
import os, sys
needle = sys.stdin.readline().strip().encode()
rounds, found = 0, set()
while os.path.exists(sys.argv[1]):
    rounds += 1
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read()
        except OSError:
            continue
        if needle in words:
            found.add(words.replace(b"\\0", b" ").decode(errors="replace"))
print(rounds, *sorted(found), sep="\\n")
"""


@contextmanager
def watched_processes(host: HostView) -> Iterator[list[str]]:
    """Watch the process list of a host; what was found is in the list afterwards."""
    flag = f"/run/watch-{host.stack}"
    host.run("touch", flag)
    argv = ["docker", "exec", "--interactive", host.container, "python3", "-c", _WATCH, flag]
    watcher = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert watcher.stdin is not None
    watcher.stdin.write(f"{NEEDLE}\n")
    watcher.stdin.flush()
    found: list[str] = []
    try:
        yield found
    finally:
        host.run("rm", flag)
        output, _errors = watcher.communicate(timeout=30)
    rounds, *seen = output.splitlines()
    assert int(rounds) > 10, "the process list was hardly looked at"
    found += seen


def files_with_the_secret(host: HostView) -> list[str]:
    """Files of a host that hold the secret, the engine's own aside: it keeps the environment of its containers."""
    places = ("/opt", "/srv", "/tmp", "/root", "/home", "/var/tmp", "/var/log", "/run", "/etc", "/dev/shm")
    script = (
        f'grep --recursive --files-with-matches --devices=skip --binary-files=text {NEEDLE} "$@" 2>/dev/null || true'
    )
    found = host.run("sh", "-c", script, "sh", *places).split()
    return sorted(path for path in found if not path.startswith(("/run/docker", "/run/containerd")))


@pytest.fixture(scope="module")
def ansible_home() -> Iterator[Path]:
    """Ansible's own folder for these runs alone. Its path is short: sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="home-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def promotion(new_promotion: Promote, ansible_home: Path) -> Promotion:
    promotion = new_promotion("staging-1")
    promotion.values = values(ARTWORK_INTAKE_TOKEN=SECRET)
    promotion.playbooks = replace(promotion.playbooks, environment={"ANSIBLE_HOME": str(ansible_home)})
    return promotion


def without_token(text: str) -> str:
    """A manifest whose checks don't send the token: no header takes all its bytes."""
    return edit("authorization: Bearer ${secret:ARTWORK_INTAKE_TOKEN}", "x-none: none")(
        edit("            status: [201]\n          capture:\n            seed: id\n", "            status: [401]\n")(
            edit(READ_BACK, "")(text)
        )
    )


READ_BACK = """      - name: reads it back
        http:
          path: /api/v1/seeds/${capture:seed}
          expect:
            json: {name: promotion smoke}
            excludes: [stack trace]
"""


def test_a_secret_reaches_its_containers_and_nothing_else(promotion: Promotion, ansible_home: Path) -> None:
    outputs = []
    with watched_processes(promotion.host) as seen:
        for name, arguments in (
            (FIRST, ("-vvv", "--diff")),
            (SECOND, ("-vvv", "--diff", "--check")),
            (SECOND, ("-vvv", "--diff")),
        ):
            promotion.write(name, without_token)
            outputs.append(promotion.promote(*arguments).ended_well().output)
        outputs.append(promotion.rollback("-vvv", "--diff").ended_well().output)
        outputs.append(promotion.status("-vvv").ended_well().output)
    assert seen == []
    for output in outputs:
        assert NEEDLE not in output

    receipts = promotion.receipt_files()
    assert receipts
    assert [path for path in receipts if NEEDLE in path.read_text(encoding="utf-8")] == []
    env_files = promotion.host.run("sh", "-c", f"ls {promotion.host.folder}/releases/*/.env").split()
    assert files_with_the_secret(promotion.host) == sorted(env_files)
    assert len(env_files) == 2

    assert list(ansible_home.iterdir()), "the runs did not use the home that is looked at"
    left = [path for path in ansible_home.rglob("*") if path.is_file()]
    assert [path for path in left if NEEDLE.encode() in path.read_bytes()] == []

    for service, name in (("files-api", "INTAKE_TOKEN"), ("order-intake", "ARTWORK_TOKEN")):
        assert container_value(promotion.host, service, name) == SECRET
    assert NEEDLE not in promotion.host.docker("inspect", promotion.host.containers()["quote-page"]["Id"])


def container_value(host: HostView, service: str, name: str) -> str:
    """A variable as a container's program sees it."""
    program = f"process.stdout.write(JSON.stringify(process.env.{name}))"
    value: str = json.loads(host.docker("exec", host.containers()[service]["Id"], "node", "-e", program))
    return value


def test_a_failure_does_not_show_the_secret(promotion: Promotion) -> None:
    """The smoke check sends it, is refused by the module, and is told of without it."""
    promotion.values = values(ARTWORK_INTAKE_TOKEN=f"{NEEDLE}-plain-enough-for-a-header")
    promotion.write(SECOND, edit("            status: [201]", "            status: [418]"))
    run = promotion.promote("-vvv", "--diff").refused("creates a seed", "418")
    assert NEEDLE not in run.output
    assert NEEDLE not in json.dumps(run.receipt)
    assert NEEDLE not in promotion.host.read("journal.jsonl")
    wait_until(lambda: promotion.host.worker() is None, "the end of the worker")
