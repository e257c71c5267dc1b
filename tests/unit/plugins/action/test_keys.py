# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""keys.yml as a person calls it, and its actions one by one: what they make, what they never show, what they refuse."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible.playbook.task import Task

from ansible_collections.mint.promotion.plugins.action.key_generate import ActionModule as Generate
from ansible_collections.mint.promotion.plugins.action.key_revoke import ActionModule as Revoke
from ansible_collections.mint.promotion.plugins.action.key_rotate import ActionModule as Rotate
from ansible_collections.mint.promotion.plugins.module_utils._errors import PromotionError, Refused
from ansible_collections.mint.promotion.plugins.module_utils._ledger.envelope import parse_envelope, parse_json
from ansible_collections.mint.promotion.plugins.module_utils._ledger.log import read_log
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify import LedgerFiles, judge_ledger
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_integrity import Anchor
from ansible_collections.mint.promotion.plugins.module_utils._ledger.verify_keys import Trust
from ansible_collections.mint.promotion.plugins.plugin_utils._key_action import KeyAction
from ansible_collections.mint.promotion.plugins.plugin_utils._key_place import KeyPlace
from ansible_collections.mint.promotion.plugins.plugin_utils._signing import CRYPTO, GateKey, load_trusted_keys
from people import SshKeys

ROOT = Path(__file__).resolve().parents[4]
PASSWORD = "correct horse"
VAULT = "inventory/group_vars/all/promotion_gate_key.yml"
ADA = "ada@example.com"


@dataclass(frozen=True)
class Project:
    """A folder with an inventory of two hosts and the collection, as init.yml leaves it."""

    folder: Path

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("ANSIBLE_")}
        return subprocess.run(
            [str(Path(sys.executable).parent / command), *arguments],
            cwd=self.folder,
            env={**inherited, "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"), "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def keys(self, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        return self.run("ansible-playbook", "mint.promotion.keys", "-e", json.dumps(variables), *options)

    def changed(self, *options: str, **variables: Any) -> bool:
        """Run keys.yml, which ends well, and tell whether it says that it changed something."""
        done = self.keys(*options, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return "changed=0" not in done.stdout

    def act(
        self, action: type[KeyAction], check: bool = False, variables: Mapping[str, Any] | None = None, **arguments: Any
    ) -> dict[str, Any]:
        """Perform one action in this process, with the variables that the inventory has for p1 and p2 now."""
        task = Task()
        task.args, task.check_mode = arguments, check
        hosts = {"p1": {**self._variables(), **(variables or {})}, "p2": self._variables(), "localhost": {}}
        made = action(task, None, None, self.loader, None)
        return made.perform({"hostvars": hosts, "ansible_play_hosts_all": [*hosts] if not variables else ["p1"]})

    def refused(self, action: type[KeyAction], *words: str, **arguments: Any) -> None:
        before = self.contents()
        with pytest.raises(PromotionError) as caught:
            self.act(action, **arguments)
        for one in words:
            assert one in str(caught.value)
        assert self.contents() == before

    def contents(self) -> dict[str, bytes]:
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file() and "collections" not in path.parts)
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    @property
    def loader(self) -> DataLoader:
        loader = DataLoader()
        loader.set_vault_secrets([("default", VaultSecret(PASSWORD.encode()))])
        return loader

    def private_key(self) -> GateKey:
        return KeyPlace(str(self.folder / VAULT), True, self.loader).load()

    def _variables(self) -> dict[str, Any]:
        known = {"promotion_gate_key": self.private_key().private_pem} if (self.folder / VAULT).exists() else {}
        return {
            "inventory_dir": str(self.folder / "inventory"),
            "promotion_receipts": str(self.folder / "receipts"),
            "promotion_keys": str(self.folder / "keys"),
            **known,
        }

    def ledger(self) -> list[dict[str, Any]]:
        """What the key receipts say and which gate key signed each, once the ledger has been verified."""
        snapshot = read_log(str(self.folder / "receipts/ledger"))
        note, trusted = snapshot.note.decode(), load_trusted_keys(str(self.folder / "keys"))
        verdict = judge_ledger(LedgerFiles(snapshot.data, note, {}, (Anchor("p1", note),)), Trust(trusted, CRYPTO))
        assert (verdict.verdict, verdict.reasons, verdict.warnings) == ("OK", (), ())
        envelopes = [parse_envelope(line) for line in snapshot.data.splitlines()]
        return [{**parse_json(one.payload)["predicate"], "signed by": one.signatures[0].keyid} for one in envelopes]

    def events(self) -> list[tuple[str, ...]]:
        return [(one["event"], one["key"]["keyid"], one["signed by"]) for one in self.ledger()]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write(tmp_path, "inventory/hosts.yml", "prod: {hosts: {p1: {}, p2: {}}}\n")
    write(tmp_path, "inventory/group_vars/all/vars.yml", 'promotion_receipts: "{{ inventory_dir }}/../receipts"\n')
    write(tmp_path, ".vault-password", PASSWORD)
    write(tmp_path, "ansible.cfg", "[defaults]\ninventory = inventory\nvault_password_file = .vault-password\n")
    (tmp_path / "collections/ansible_collections/mint").mkdir(parents=True)
    (tmp_path / "collections/ansible_collections/mint/promotion").symlink_to(ROOT)
    return Project(tmp_path)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def secret_of(key: GateKey) -> str:
    return key.private_pem.splitlines()[1]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_one_run_makes_all_and_a_second_changes_nothing(project: Project, ssh_keys: SshKeys) -> None:
    before = project.contents()
    assert project.changed("--check")
    assert project.contents() == before

    asked = {"promotion_requester": ADA, "promotion_requester_key": str(ssh_keys.path("ed25519"))}
    assert project.changed(**asked)
    made = project.contents()
    ledger = {f"receipts/ledger/{name}" for name in ("log.jsonl", "checkpoint", "frontier.json", "lock")}
    assert set(made) - set(before) == {VAULT, "keys/gate.pub", "keys/allowed_signers"} | ledger
    key = project.private_key()
    assert (made["keys/gate.pub"].decode(), mode(project.folder / VAULT)) == (key.public_pem, 0o600)
    assert secret_of(key).encode() not in b"".join(made.values())
    assert project.events() == [("introduced", key.keyid, key.keyid)]
    assert ssh_keys.verifies(made["keys/allowed_signers"].decode(), ssh_keys.sign("ed25519", b"m"), b"m", ADA)

    again = project.keys(**asked)
    assert "changed=0" in again.stdout
    assert "WARNING" not in again.stderr  # such as of files that Ansible takes for inventories
    assert project.contents() == made


def test_no_output_shows_a_private_key(project: Project) -> None:
    outputs: list[str] = []
    keys: list[GateKey] = []
    for variables in ({}, {"promotion_rotate": True}, {"promotion_revoke": "nobody"}):
        done = project.keys("-vvv", "--diff", **variables)
        assert done.returncode == (2 if "promotion_revoke" in variables else 0), done.stdout
        outputs += [done.stdout, done.stderr]
        keys.append(project.private_key())
        made = "promotion_revoke" not in variables
        assert (f"Gate key {keys[-1].keyid}" in done.stdout) == made
        assert (f"public half:  {project.folder}/keys/gate.pub" in done.stdout) == made
    assert "(not shown)" in outputs[0]
    assert len({key.keyid for key in keys}) == 2
    for key in keys:
        assert not [text for text in outputs if secret_of(key)[20:] in text]


def test_a_broken_key_is_refused_and_not_shown(project: Project) -> None:
    pem = GateKey.make().private_pem
    done = project.keys("-vvv", "--diff", promotion_gate_key=f"{pem[:60]}%{pem[60:]}")
    assert "found text that is no unencrypted private key" in done.stdout + done.stderr
    assert pem[65:90] not in "".join(line for line in done.stdout.splitlines() if "promotion_gate_key" not in line)


def test_without_a_vault_password_a_file_has_to_be_asked_for(project: Project) -> None:
    (project.folder / "ansible.cfg").write_text("[defaults]\ninventory = inventory\n")
    before = project.contents()
    done = project.keys()
    assert done.returncode == 2
    for words in ("no vault password was given", "--ask-vault-pass", "-e promotion_gate_key_file=PATH"):
        assert words in done.stdout + done.stderr
    assert project.contents() == before

    path = project.folder / "private/gate.pem"
    asked = {"promotion_gate_key_file": str(path)}
    assert project.act(Generate, check=True, variables=asked)["changed"]
    assert not path.exists()
    assert project.changed(**asked)
    key = GateKey.load(path.read_text())
    assert project.events() == [("introduced", key.keyid, key.keyid)]
    assert not project.act(Generate, variables=asked)["changed"]
    assert project.act(Rotate, variables=asked)["changed"]
    assert GateKey.load(path.read_text()).keyid == project.events()[1][1]
    assert mode(path) == 0o600


def test_the_old_gate_key_hands_over_to_the_new_one_and_stays_trusted(project: Project) -> None:
    project.refused(Rotate, "There is no gate key yet", "mint.promotion.keys")
    project.act(Generate)
    old, before = project.private_key(), project.contents()
    assert project.act(Rotate, check=True)["changed"]
    assert project.contents() == before

    assert project.act(Rotate, reason="a new machine")["replaces"] == old.keyid
    new = project.private_key()
    assert project.events() == [("introduced", old.keyid, old.keyid), ("rotated", new.keyid, old.keyid)]
    assert (project.ledger()[1]["replaces"], project.ledger()[1]["reason"]) == (old.keyid, "a new machine")
    assert (project.folder / "keys/gate.pub").read_text() == old.public_pem + new.public_pem
    assert not project.act(Generate)["changed"]


def test_a_key_that_lies_elsewhere_is_not_rotated(project: Project) -> None:
    project.act(Generate)
    variables = {"promotion_gate_key": GateKey.make().private_pem}
    project.refused(Rotate, "does not come from", VAULT, variables=variables)


@pytest.mark.parametrize("receipt_is_there", [False, True])
def test_a_rotation_that_was_cut_off_is_finished_with_the_same_key(project: Project, receipt_is_there: bool) -> None:
    project.act(Generate)
    vault, ledger = project.folder / VAULT, project.folder / "receipts/ledger"
    old, old_ledger = vault.read_bytes(), {path: path.read_bytes() for path in ledger.iterdir()}
    project.act(Rotate)
    new = project.private_key()
    vault.rename(f"{vault}.next")
    vault.write_bytes(old)
    if not receipt_is_there:
        for path, content in old_ledger.items():
            path.write_bytes(content)
    for action, arguments in ((Generate, {}), (Revoke, {"key": "any"})):
        project.refused(
            action, "A rotation of the gate key was cut off", "promotion_rotate=true` finishes it", **arguments
        )
    project.act(Rotate)
    assert project.private_key().keyid == new.keyid
    assert [event[:2] for event in project.events()][1:] == [("rotated", new.keyid)]
    assert not Path(f"{vault}.next").exists()
    assert not project.act(Generate)["changed"]


def test_the_key_of_a_person_is_revoked_once_and_stays_listed(project: Project, ssh_keys: SshKeys) -> None:
    project.act(Generate, requester=ADA, requester_key=str(ssh_keys.path("rsa.pub")))
    (signer,) = load_trusted_keys(str(project.folder / "keys")).signers
    keyid = signer.key.fingerprint
    project.refused(Revoke, "the fingerprint of an allowed signer", f"{keyid} ({ADA})", key="SHA256:nobody")
    project.refused(Revoke, "is a gate key", "promotion_rotate=true", key=project.private_key().keyid)
    assert project.act(Revoke, check=True, key=keyid)["changed"]
    assert len(project.events()) == 1
    assert project.act(Revoke, key=keyid, reason="lost")["changed"]
    receipt = project.ledger()[1]
    told = (receipt["event"], receipt["key"]["keyid"], receipt["principal"], receipt["reason"])
    assert told == ("revoked", keyid, ADA, "lost")
    assert not project.act(Revoke, key=keyid)["changed"]
    assert len(project.events()) == 2
    assert load_trusted_keys(str(project.folder / "keys")).signers == (signer,)


def test_people_are_added_one_by_one(project: Project, ssh_keys: SshKeys) -> None:
    for name, kind in ((ADA, "ed25519"), ("bob", "ecdsa"), (ADA, "rsa")):
        assert project.act(Generate, requester=name, requester_key=str(ssh_keys.path(kind)))["changed"]
    signers = load_trusted_keys(str(project.folder / "keys")).signers
    assert [one.principal for one in signers] == [ADA, "bob", ADA]
    project.refused(Generate, "is the key of bob in", requester="eve", requester_key=str(ssh_keys.path("ecdsa")))


def test_bad_input_is_refused_before_anything_is_written(project: Project, ssh_keys: SshKeys) -> None:
    key = str(ssh_keys.path("rsa"))
    project.refused(Generate, "promotion_requester: found 'ada b'", requester="ada b", requester_key=key)
    project.refused(Generate, "found no file /nowhere.pub", requester_key="/nowhere")
    write(project.folder, "keys/gate.pub", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    project.refused(Generate, "keys/gate.pub:1:1: found a public key of another kind, or a broken one")
    write(project.folder, "keys/allowed_signers", "* cert-authority ssh-ed25519 AAAA\n")
    project.refused(Generate, "has 2 faults", "keys/gate.pub:1:1", "keys/allowed_signers:1:1: found the principal '*'")


def test_a_file_for_all_hosts_is_not_hidden_by_a_folder_of_that_name(project: Project) -> None:
    """Ansible reads group_vars/all/ or group_vars/all.yml, whichever it finds first."""
    variables = project.folder / "inventory/group_vars/all/vars.yml"
    variables.rename(project.folder / "inventory/group_vars/all.yml")
    variables.parent.rmdir()
    project.refused(Generate, "group_vars/all.yml is a file", "Move it to", "group_vars/all/vars.yml")


def test_ledgers_with_keys_of_their_own_are_told_apart_by_limit(project: Project) -> None:
    write(project.folder, "inventory/host_vars/p2.yml", 'promotion_keys: "{{ inventory_dir }}/../other"\n')
    done = project.keys()
    assert "p1, p2 differ in the settings of the ledger: keys" in done.stdout + done.stderr
    assert project.changed("--limit", "p2")
    assert (project.folder / "other/gate.pub").exists()


def test_a_ledger_that_goes_by_another_key_is_not_signed_with_this_one(project: Project) -> None:
    project.act(Generate)
    (project.folder / VAULT).unlink()
    project.refused(Generate, "was begun with a gate key that the inventory does not give", "Take the key that")
    other = {"promotion_gate_key": GateKey.make().private_pem}
    with pytest.raises(Refused, match="The ledger was begun with another gate key"):
        project.act(Generate, variables=other)
    assert len(project.events()) == 1
