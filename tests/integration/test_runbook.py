# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runbook as somebody on call follows it: its commands in its order, typed as they stand there, on one host.

What a reader fills in is filled in: names of hosts and of the stack, run keys, paths. In between the test causes what a
section is about. In the end every command was run, and everything that the runbook says one sees was seen.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Iterator, Mapping

import pytest
import yaml

from bed.bed import Bed
from integration.catalog import SECOND
from integration.hosts import wait_until
from integration.playbooks import ROOT, Playbooks, Run, flat, kill_group
from integration.promotions import Edit, Promote, Promotion
from integration.stacks import edit
from people import SshKeys, make_keys

RUNBOOK = ROOT / "docs" / "READINESS" / "MINT_PROD_PROMOTION_GATE.md"
HOST = "prod-3"
LOOP = "LOOP-NIGHT-20260101"
PEOPLE = {"ada@example.com": "ed25519", "bob@example.com": "ecdsa", "eve@example.com": "rsa"}
OWN_CONNECTIONS = {"ANSIBLE_SSH_ARGS": "-o ControlMaster=no -o ControlPath=none"}  # they end with the process
PROMOTE = "ansible-playbook -i inventory mint.promotion.promote"
RUN_KEY = "CAP-20260212-011314__promotion.promote__R1onr74009x"  # the one that the runbook tells of
OLDER = edit("  releases: 3\n", "  releases: 4\n")  # another release of the same images: no container stops for it
# What cannot be seen on one host within seconds, and the test that sees it.
ELSEWHERE = {
    "prod-2: stage: staged": "the second host is down here: test_fleet.py",
    "prod-2: activate: promoted": "test_fleet.py",
    "prod-2: activate: rolled_back": "test_fleet.py",
    "prod-1: take back: taken_back": "test_fleet.py",
    "prod-2: activate: restored": "test_fleet.py",
    "prod-2: activate: unreachable": "a host that is lost during the run: test_fleet.py",
    "The run ended as rolled_back:": "test_broken_releases.py",
    "This run has no PASSED verdict": "test_walking_around.py",
    "No run is open in this process: the phases before this one did not take place": "test_walking_around.py",
    "Nobody may override the freeze window weekend of prod.": "tests/unit, test_approval_request.py",
    "The release is live on every host, and what was judged after it did not pass:": "test_gates.py",
    "No rollback to r1: it was voided": "test_fleet.py",
    "A rotation of the gate key was cut off: the new one waits in group_vars/all/promotion_gate_key.yml.next.": (
        "tests/unit, test_keys.py"
    ),
    "No intent receipt could be written, so no host was changed:": "a full disk: tests/unit, test_receipts.py",
    "Make room, or give the user that runs Ansible access to it.": "tests/unit, test_receipts.py",
    "The outcome of prod-1 could not be kept: No space left on device": "tests/unit, test_full_disk.py",
    "No receipt could be written:": "tests/unit, test_receipts.py",
    "The run was not recorded": "tests/unit, test_receipts.py",
}
# What differs each time, as the runbook shows it, and what stands for it.
SAMPLES = {
    r"CAP-\d{8}-\d{6}__\w+[.]\w+__R\w+": r"CAP-\S+",
    r"approve-\d{8}-\d{6}-\w+": r"approve-\S+",
    r"\d{4}-\d\d-\d\dT[0-9:]+Z?": r"\S+",
    r"\(ops@desk\)": r"\(\S+@\S+\)",
    r"(?<=inst )timed out|(?<=: )timed out": r".+",
    r"receipts/ledger": r"\S*receipts/ledger",
    r"\d+ MiB": r"\S+ \wiB",
    r"\d+ host": r"\d+ host",
    r"\d+ receipts": r"\d+ receipts",
    r"\b\d+[.]\d\b": r"[0-9.]+",
    r"\br[12]\b": r"\S+",
}
SAMPLE = re.compile("|".join(f"(?P<_{number}>{one})" for number, one in enumerate(SAMPLES)))


class Night:
    """The runbook, and the project that it is followed in. `filled` is what a reader puts in the place of what."""

    def __init__(self, promotion: Promotion, bed: Bed, home: Path) -> None:
        self.promotion = promotion
        self.project = promotion.manifest.parent
        self.names = {
            "prod-1": HOST,
            "mint-modules": promotion.stack.name,
            "LOOP-SHOP-TO-PROD-20260131": LOOP,
        }
        self.filled = {"~/": f"{home}/", f"ssh {HOST}": shlex.join(bed.ssh(HOST))}
        text = RUNBOOK.read_text(encoding="utf-8")
        self._commands = iter(_lines(text, "sh"))
        self.texts = [line for _title, line in _lines(text, "text")]
        self._printed = ""

    def step(self, section: str, folder: Path | None = None) -> Run:
        """Type the next command of the runbook, which stands in this section."""
        title, command = next(self._commands)
        assert title == section, f"the next command is {command!r} of {title!r}"
        return self.type(command, folder)

    def type(self, command: str, folder: Path | None = None) -> Run:
        run = self._playbooks(folder).run(("bash", "-c", self.fill(command)))
        self._printed += f"\n$ {command}\n{run.output}"
        return run

    def begin(self, command: str) -> subprocess.Popen[str]:
        """Type a command and do not wait for its end."""
        return self._playbooks(None, **OWN_CONNECTIONS).start(("bash", "-c", f"exec {self.fill(command)}"))

    def fill(self, command: str) -> str:
        return _filled(command, {**self.names, **self.filled})

    def unseen(self) -> list[str]:
        """What the runbook says that one sees, and nobody has seen."""
        printed = flat(self._printed)
        texts = [text for text in self.texts if text not in ELSEWHERE]
        return [text for text in texts if not re.search(_pattern(_filled(text, self.names)), printed)]

    def left(self) -> list[tuple[str, str]]:
        return list(self._commands)

    def write(self, name: str, *edits: Edit) -> None:
        """Write the manifest and the inventory."""
        loops = f"\nloops: {{folder: docs/loops, own: {LOOP}}}\n"
        self.promotion.write(name, *edits, lambda text: text.rstrip("\n") + loops)
        self.promotion.inventory()

    @property
    def requests(self) -> list[Path]:
        """The folders of what people are asked to sign, the oldest first."""
        found = self.promotion.receipts.glob("approvals/*/approval.pae")
        return [path.parent for path in sorted(found, key=lambda one: one.stat().st_mtime_ns)]

    def _playbooks(self, folder: Path | None, **more: str) -> Playbooks:
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache/collections"),
            "ANSIBLE_PIPELINING": "true",
            **more,
        }
        return Playbooks((), folder or self.project, environment)


def _filled(text: str, places: Mapping[str, str]) -> str:
    for shown, meant in places.items():
        text = text.replace(shown, meant)
    return text


def _lines(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of all code blocks of a language, each with the heading that it stands below."""
    title = ""
    for heading, found, block in re.findall(r"^##+ ([^\n]*)$|^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        title = heading or title
        if found == language:
            yield from ((title, line.strip()) for line in block.splitlines() if line.strip())


def _pattern(text: str) -> str:
    """The pattern of what is seen where the runbook shows this."""
    parts, end, text = [], 0, flat(text)
    for found in SAMPLE.finditer(text):
        parts += [re.escape(text[end : found.start()]), list(SAMPLES.values())[(found.lastindex or 0) - 1]]
        end = found.end()
    return "".join([*parts, re.escape(text[end:])])


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> SshKeys:
    return make_keys(tmp_path_factory.mktemp("people"))


@pytest.fixture
def night(bed: Bed, new_promotion: Promote, people: SshKeys, tmp_path: Path) -> Iterator[Night]:
    """A project on a control node of its own, whose inventory knows one host; an older release is live there."""
    promotion = new_promotion(HOST)
    night = Night(promotion, bed, tmp_path)
    subprocess.run(["git", "init", "--quiet", night.project], check=True)
    inventory = yaml.safe_load(bed.inventory.read_text(encoding="utf-8"))["all"]
    prod = inventory["children"]["prod"]
    prod["hosts"] = {HOST: prod["hosts"][HOST]}
    write_inventory_part(night, "bed.yml", {"vars": inventory["vars"], "children": {"prod": prod}})
    lines = [people.line(kind, name).strip() for name, kind in PEOPLE.items()]
    (night.project / "keys" / "allowed_signers").write_text("\n".join(lines) + "\n")
    (tmp_path / ".ssh").mkdir()
    hand_over(night, people, "ada@example.com")
    night.filled["SHA256:jLJlTm7WfRjlDQXxRHCQWt2KQXyyo2PO7BXYXXuBtVc"] = fingerprint(people, "bob@example.com")
    night.filled["/backup/receipts"] = str(tmp_path / "backup")
    night.write(SECOND, OLDER)
    night.type("ansible-playbook -i inventory mint.promotion.open -e promotion_loop_about=night").ended_well()
    night.type(PROMOTE).ended_well()
    yield night
    promotion.host.run("rm", "-f", f"{promotion.host.folder}/lock", check=False)


def write_inventory_part(night: Night, name: str, inventory: object) -> None:
    folder = night.project / "inventory"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({"all": inventory}), encoding="utf-8")


def hand_over(night: Night, people: SshKeys, name: str) -> None:
    """From now on ~/.ssh/id_ed25519 is the key of this person."""
    for suffix in ("", ".pub"):
        place = Path(f"{night.filled['~/']}.ssh/id_ed25519{suffix}")
        place.unlink(missing_ok=True)
        shutil.copy(f"{people.path(PEOPLE[name])}{suffix}", place)


def fingerprint(people: SshKeys, name: str) -> str:
    argv = ["ssh-keygen", "-l", "-f", f"{people.path(PEOPLE[name])}.pub"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()[1]


def policy(margin: int = 1024) -> Edit:
    """Two of three people, also for an override of a window that holds today, and some room on the disk."""
    day = timedelta(days=1)
    today = datetime.now(UTC).date()
    two = f"threshold: 2, principals: [{', '.join(PEOPLE)}]"
    return edit(
        "\npolicy:\n  prod:\n",
        "\npolicy:\n  prod:\n"
        f"    approvals: {{{two}}}\n"
        f"    preflight: {{disk_margin_bytes: {margin}}}\n"
        f"    windows: [{{name: weekend, zone: Europe/Berlin, dates: ['{today - day}/{today + day}'],"
        f" override: {{{two}}}}}]\n",
    )


def test_what_the_runbook_says_is_what_happens(night: Night, people: SshKeys) -> None:
    see_drift(night)
    promote_the_second(night)
    approve_and_override(night, people)
    roll_back(night)
    night.step("Close the change").ended_well()
    night.step("Close the change").ended_well()
    lose_a_host(night)
    interrupt(night)
    lose_the_control_node(night)
    lose_keys(night)
    fill_the_disk(night)
    assert (night.left(), night.unseen()) == ([], [])


def see_drift(night: Night) -> None:
    """Somebody has changed the compose file by hand."""
    path = f"{night.promotion.host.folder}/current/compose.yaml"
    saved = night.promotion.host.run("cat", path)
    night.promotion.host.run("sh", "-c", f"echo '# by hand' >> {path}")
    night.step("Where do we stand")
    night.promotion.host.run("sh", "-c", f"cat > {path}", data=saved)


def promote_the_second(night: Night) -> None:
    night.write(SECOND)
    night.step("Dry run").ended_well()
    night.step("Dry run").ended_well()
    promoted = night.step("Promote").ended_well()
    night.filled["CAP-20260210-090000__promotion.promote__R7kd02ppq1z"] = promoted.receipt["runKey"]
    night.filled[RUN_KEY] = promoted.receipt["runKey"]


def approve_and_override(night: Night, people: SshKeys) -> None:
    night.write(SECOND, policy(margin=2**50))
    night.type(PROMOTE).refused()
    night.write(SECOND, policy())
    night.step("Approve").ended_well()
    night.step("Approve").ended_well()
    (approval,) = night.requests
    hand_over(night, people, "bob@example.com")
    signing = night.step("Approve", approval).ended_well()
    night.step("Override a freeze window").ended_well()
    override = night.requests[-1]
    for name in ("bob@example.com", "eve@example.com"):
        hand_over(night, people, name)
        command = signing.argv[-1].replace("bob.sig", f"{name}.sig")
        subprocess.run(command, shell=True, cwd=override, check=True)
    night.step("Override a freeze window").ended_well()


def roll_back(night: Night) -> None:
    night.step("Roll back").ended_well()
    night.filled["r1"] = night.promotion.host.live()
    night.step("Roll back").ended_well()
    night.step("Roll back").ended_well()
    for _three in range(3):
        night.step("A rollback that failed").ended_well()


def lose_a_host(night: Night) -> None:
    """A second host that does not answer: nobody listens there."""
    night.write(SECOND)
    lost = {"prod-2": {"ansible_host": "127.0.0.1", "ansible_port": 9}}
    write_inventory_part(night, "lost.yml", {"children": {"prod": {"hosts": lost}}})
    night.type(PROMOTE).refused()
    night.step("A host is down").ended_well()
    night.step("A host is down")
    (night.project / "inventory" / "lost.yml").unlink()
    night.step("A host is down").ended_well()


def interrupt(night: Night) -> None:
    """The control node is lost while the worker asks for health, and then the worker."""
    shutil.copytree(night.promotion.receipts, night.project / "old")
    host = night.promotion.host
    night.write(
        "unhealthy",
        edit(
            "      context: quote-page\n", "      context: quote-page\n    activation: {health_timeout_seconds: 60}\n"
        ),
    )
    process = night.begin(PROMOTE)
    wait_until(lambda: host.exists("lock") and host.journal()[-1].get("step") == "health", "step health", seconds=90)
    kill_group(process)
    process.communicate()
    night.filled[RUN_KEY] = str(host.lock()["run"])
    night.write(SECOND)
    night.step("An interrupted run")
    night.type(PROMOTE).refused()
    night.step("An interrupted run").refused()
    host.kill_worker()
    wait_until(lambda: host.worker() is None, "the end of the worker")
    night.step("An interrupted run").ended_well()


def lose_the_control_node(night: Night) -> None:
    """Of the ledger there is an old backup, and what somebody else has."""
    receipts = night.promotion.receipts
    shutil.move(receipts, night.filled["/backup/receipts"])
    shutil.move(night.project / "old", receipts)
    night.step("A lost control node").refused()
    night.step("A lost control node")
    night.step("A lost control node").ended_well()
    night.step("A lost control node").ended_well()


def lose_keys(night: Night) -> None:
    night.step("A lost key").ended_well()
    kept, night.promotion.gate_key = night.promotion.gate_key, {"promotion_keys": str(night.project / "keys")}
    values = night.promotion.values
    night.promotion.values = {name: value for name, value in values.items() if name != "ARTWORK_INTAKE_TOKEN"}
    night.write(SECOND)
    night.type(PROMOTE).refused()
    night.type("ansible-playbook -i inventory mint.promotion.rollback --limit prod").ended_well()
    night.type("ansible-playbook -i inventory mint.promotion.keys -e promotion_gate_key_file=new.pem").refused()
    night.promotion.gate_key, night.promotion.values = kept, values
    night.write(SECOND)
    night.step("A lost key").ended_well()
    night.step("A lost key").ended_well()


def fill_the_disk(night: Night) -> None:
    """The last command asks first, and gets no answer: others stage on this host."""
    for _three in range(3):
        night.step("A full disk")
