# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases on a real folder."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._compose.carried import carried_digest
from ansible_collections.mint.promotion.plugins.module_utils._compose.model import CarriedFile
from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._errors import NotVerified, Refused
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import OwnCompose
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Ownership, ownership
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Content, Release
from ansible_collections.mint.promotion.plugins.module_utils._release.store import Store

from .conftest import ENV, a_manifest, content, stored


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_release_is_laid_down_once_and_read_back(store: Store) -> None:
    release = stored(store)
    assert store.lay_down(release, content(), "run-1") is True
    assert store.lay_down(release, content(), "run-2") is False
    assert store.read(release.id) == release
    assert store.content(release.id) == content()
    assert store.releases() == (release,)
    assert store.faults(release.id) == ()


def test_only_the_owner_reads_secrets(store: Store) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    paths = store.layout.release(release.id)
    assert (mode(paths.env), mode(store.layout.host_key)) == (0o600, 0o600)
    assert [mode(path) for path in (paths.compose, paths.manifest, paths.facts)] == [0o640] * 3
    assert mode(paths.directory) == 0o750


def test_modes_are_those_asked_for_whatever_the_umask(open_store: Callable[..., Store]) -> None:
    old = os.umask(0o077)
    try:
        store = open_store(ownership=Ownership(directory_mode=0o755, file_mode=0o644, secret_mode=0o640))
        store.prepare()
        release = stored(store)
        store.lay_down(release, content(), "run-1")
    finally:
        os.umask(old)
    paths = store.layout.release(release.id)
    assert (mode(paths.directory), mode(paths.compose), mode(paths.env)) == (0o755, 0o644, 0o640)


def test_the_facts_hold_no_secret(store: Store) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    facts = Path(store.layout.release(release.id).facts).read_bytes()
    assert b"WEB_SECRET" in facts
    assert b"hunter2" not in facts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("compose.yaml", "compose.yaml has been changed"),
        (".env", ".env has been changed"),
        ("manifest.yml", "manifest.yml is absent or has been changed"),
    ],
)
def test_a_changed_byte_is_found_and_laid_down_anew(store: Store, name: str, said: str) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    changed = Path(store.layout.release(release.id).directory, name)
    changed.write_bytes(changed.read_bytes() + b"#")
    assert any(said in fault for fault in store.faults(release.id))
    assert store.lay_down(release, content(), "run-2") is True
    assert store.faults(release.id) == ()
    assert store.sweep() != ()
    assert store.sweep() == ()


CARRIED = (CarriedFile("compose.yaml", b"services: {}\n"), CarriedFile("bin/start.sh", b"#!/bin/sh\n", True))


def carrying(store: Store) -> tuple[Release, Content]:
    own = OwnCompose(("compose.yaml",), carried_digest(CARRIED))
    services = b'{"services":{}}\n'
    release = stored(store, a_manifest(compose=own))
    release = replace(release, services_digest=sha256_digest(services), companions={"db": "sha256:1"})
    return release, replace(content(), carried=CARRIED, services=services)


def test_carried_files_come_back_byte_for_byte_with_their_modes(store: Store) -> None:
    release, wanted = carrying(store)
    assert store.lay_down(release, wanted, "run-1") is True
    found = store.content(release.id)
    assert (set(found.carried), found.services) == (set(wanted.carried), wanted.services)
    assert store.faults(release.id) == ()
    assert store.lay_down(release, wanted, "run-2") is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "files/compose.yaml").write_text("services: {a: {}}"), "files/ has been changed"),
        (lambda folder: (folder / "files/more.yaml").write_text(""), "files/ has been changed"),
        (lambda folder: (folder / "files/bin/start.sh").chmod(0o640), "files/ has been changed"),
        (lambda folder: (folder / "files/bin/start.sh").unlink(), "files/ has been changed"),
        (lambda folder: (folder / "services.json").unlink(), "services.json is absent"),
    ],
)
def test_carried_files_that_were_changed_are_a_fault_and_are_laid_down_anew(
    store: Store, change: Callable[[Path], Any], said: str
) -> None:
    release, wanted = carrying(store)
    store.lay_down(release, wanted, "run-1")
    change(Path(store.layout.release(release.id).directory))
    assert [said in fault for fault in store.faults(release.id)] == [True]
    assert store.lay_down(release, wanted, "run-2") is True
    assert store.faults(release.id) == ()


def test_a_missing_file_is_a_fault_and_not_a_crash(store: Store) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    os.unlink(store.layout.release(release.id).env)
    assert ".env is absent" in store.faults(release.id)[0]
    with pytest.raises(NotVerified, match="is not whole"):
        store.content(release.id)


def test_a_release_without_the_bytes_of_its_manifest_is_whole_and_gets_them_when_it_is_laid_down_again(
    store: Store,
) -> None:
    release = stored(store)
    earlier = replace(release, manifest_kept=False)
    store.lay_down(earlier, content(manifest=b""), "run-1")
    assert store.faults(release.id) == ()
    assert store.content(release.id).manifest == b""
    assert store.lay_down(earlier, content(manifest=b""), "run-2") is False
    assert store.lay_down(release, content(), "run-3") is True
    assert store.content(release.id) == content()
    os.unlink(store.layout.release(release.id).manifest)
    assert "manifest.yml is absent" in store.faults(release.id)[0]


def test_another_host_key_gives_another_id(tmp_path: Path, store: Store) -> None:
    release = stored(store)
    os.unlink(store.layout.host_key)
    store.prepare()
    assert stored(store).id != release.id
    assert stored(store, env=ENV + b"X='1'\n").id != stored(store).id


def test_the_pointer_moves_and_goes(store: Store) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    assert store.current() is None
    store.switch(release.id)
    assert store.current() == release.id
    assert os.readlink(store.layout.current) == f"releases/{release.id}"
    store.switch(None)
    assert store.current() is None


@pytest.mark.parametrize("target", ["/etc", "releases/../../etc", "releases/latest", "elsewhere/r0123456789abcdef"])
def test_a_pointer_of_others_is_refused(store: Store, target: str) -> None:
    os.symlink(target, store.layout.current)
    with pytest.raises(Refused, match="wanted releases/<release id>"):
        store.current()


@pytest.mark.parametrize("name", ["", "releases", "host.key", "current"])
def test_what_stands_in_the_way_is_named(open_store: Callable[..., Store], tmp_path: Path, name: str) -> None:
    store = open_store()
    place = Path(store.layout.directory, name)
    place.parent.mkdir(parents=True)
    (place.symlink_to(tmp_path) if name != "current" else place.write_text("releases/r0123456789abcdef"))
    with pytest.raises(Refused) as caught:
        store.prepare()
        store.current()
    assert str(place).rstrip("/") in str(caught.value)


def test_a_removed_release_is_gone_and_so_is_half_a_removal(store: Store) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    store.remove(release.id)
    assert store.releases() == ()
    assert not store.has(release.id)
    with pytest.raises(NotVerified, match="is not on this host"):
        store.read(release.id)


def test_facts_that_make_no_sense_are_named(store: Store) -> None:
    release = stored(store)
    store.lay_down(release, content(), "run-1")
    Path(store.layout.release(release.id).facts).write_text("[1]")
    with pytest.raises(NotVerified, match=r"release\.json does not hold the facts"):
        store.read(release.id)


@pytest.mark.parametrize("text", ["rw", "0999", "7777777", "-1"])
def test_a_mode_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="wanted three or four octal digits"):
        ownership(None, None, "0750", text, "0600")


def test_an_owner_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="nobody-of-this-name"):
        ownership("nobody-of-this-name", None, "0750", "0640", "0600")


def test_the_anchor_is_replaced_whole_and_nothing_is_told_of_one_that_is_not_there(store: Store) -> None:
    assert store.anchor() == ""
    for note in ("first\n", "second\n"):
        store.keep_anchor(note)
        assert store.anchor() == note
