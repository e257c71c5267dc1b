# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is done where the journal does not tell how the database is; no container runs here."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any, Sequence, cast

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._checks.masking import Mask
from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Migration
from ansible_collections.mint.promotion.plugins.module_utils._release.host import Host
from ansible_collections.mint.promotion.plugins.module_utils._release.migrating import Migrator
from ansible_collections.mint.promotion.plugins.module_utils._release.migrations import standing
from ansible_collections.mint.promotion.plugins.module_utils._release.performer import Performer
from ansible_collections.mint.promotion.plugins.module_utils._release.subject import Subject
from ansible_collections.mint.promotion.plugins.module_utils._release.verification import Watch

from .conftest import Writing, a_manifest, a_release


class Journal:
    """The journal of a test, which can be added to."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def entries(self) -> tuple[Any, ...]:
        return tuple(self._writing.entries)

    def append(self, run: str, event: str, **fields: Any) -> Any:
        return self._writing(run, event, **fields).entries[-1]


def migrator(writing: Writing, migration: Migration, leads: bool = True) -> Migrator:
    """A migrator that can write its journal, and can reach neither an engine nor Compose."""
    release = a_release("new", manifest=a_manifest(migrations=(migration,)))
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    host = cast(Host, SimpleNamespace(journal=Journal(writing), clock=clock))
    return Migrator(host, "2", [Subject(release, {}, Mask(()))], leads)


def killed(writing: Writing, command: str) -> Writing:
    """A command that was ended from outside."""
    writing("1", "migration", migration="m1", command="forward", state="done")
    writing("1", "migration", migration="m1", command=command, state="started")
    return writing("1", "migration", migration="m1", command=command, state="unknown")


@pytest.mark.parametrize(("kind", "stopped"), [("expand_contract", False), ("reversible", True)])
def test_a_rollback_is_not_stopped_by_a_reverse_that_was_killed_where_the_old_release_works_either_way(
    writing: Writing, kind: str, stopped: bool
) -> None:
    migration = Migration("m1", "web", kind, ("up",), ("down",))
    result = migrator(killed(writing, "reverse"), migration).perform("reverse m1")
    assert (result.failure is not None) is stopped
    assert stopped or "stays" in result.observed


def test_a_host_that_waits_for_another_without_a_query_says_what_is_missing(writing: Writing) -> None:
    migration = Migration("m1", "web", "reversible", ("up",), ("down",))
    writing("1", "staged", release="new")
    result = migrator(writing, migration, leads=False).perform("migrate m1")
    assert result.failure is not None and "`applied`" in result.failure.remedy


class Engine:
    """An engine and its Compose, which takes containers of its `run` that have ended for orphans: up and down do."""

    def __init__(self, *ended: str) -> None:
        self.there = dict.fromkeys(ended, "exited")

    def container(self, name: str) -> Any:
        return SimpleNamespace(state=self.there[name]) if name in self.there else None

    def containers(self, project: str) -> tuple[Any, ...]:
        return ()

    def wait(self, name: str, timeout: float) -> int:
        return 0

    def logs(self, name: str, lines: int) -> tuple[str, ...]:
        return ()

    def remove_container(self, name: str, with_volumes: bool = False) -> None:
        self.there.pop(name)

    def up(self) -> None:
        self.there.clear()

    down = up


@pytest.mark.parametrize("step", ["up", "up_before", "down"])
def test_how_a_command_of_a_dead_worker_ended_is_asked_before_compose_removes_its_container(
    writing: Writing, step: str
) -> None:
    writing("1", "migration", migration="m1", command="forward", state="started")
    engine, seconds = Engine("shop-migration-1"), itertools.count()
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)), sleep=lambda _seconds: None)
    store = SimpleNamespace(layout=None)
    parts = {"journal": Journal(writing), "clock": clock, "engine": engine, "store": store}
    host = SimpleNamespace(**parts, compose=lambda _release: engine, project_directory=lambda _manifest: "/opt/shop")
    migration = Migration("m1", "web", "reversible", ("up",), ("down",))
    old, new = (
        Subject(a_release(name, manifest=a_manifest(migrations=migrations)), {}, Mask(()))
        for name, migrations in (("old", ()), ("new", (migration,)))
    )
    watch = cast(Watch, SimpleNamespace(restart=lambda _containers: None))
    result = Performer(cast(Host, host), "1", "promote", old, new, watch).perform(step)
    assert (result.failure, standing(writing.entries, "m1")) == (None, "applied")


class Commands(Engine):
    """An engine and its Compose that run commands: each ends at once, with the code that it is given by its name."""

    def __init__(self, **codes: int) -> None:
        super().__init__()
        self.codes, self.ran = codes, [""]

    def start(self, service: str, argv: Sequence[str], name: str) -> None:
        self.there[name] = "exited"
        self.ran.append(argv[0])

    def wait(self, name: str, timeout: float) -> int:
        return self.codes[self.ran[-1]]


def asking(writing: Writing, kind: str, engine: Commands) -> Migrator:
    """A migrator whose migration has a query."""
    migration = Migration("m1", "web", kind, ("up",), ("down",), ("applied",))
    release = a_release("new", manifest=a_manifest(migrations=(migration,)))
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    parts = {"journal": Journal(writing), "clock": clock, "engine": engine}
    host = SimpleNamespace(**parts, compose=lambda _release: engine)
    return Migrator(cast(Host, host), "2", [Subject(release, {}, Mask(()))], leads=True)


def test_a_rollback_goes_by_the_journal_where_the_query_cannot_tell(writing: Writing) -> None:
    engine = Commands(applied=2, down=0)
    writing("1", "migration", migration="m1", command="forward", state="done")
    result = asking(writing, "reversible", engine).perform("reverse m1")
    assert (result.failure, engine.ran[1:], standing(writing.entries, "m1")) == (None, ["applied", "down"], "absent")


def test_a_rollback_leaves_what_works_either_way_where_nobody_can_tell(writing: Writing) -> None:
    engine = Commands(applied=2)
    writing("1", "staged", release="new")
    result = asking(writing, "expand_contract", engine).perform("reverse m1")
    assert "works with the old release" in result.observed["stays"]
    with pytest.raises(CouldNotCheck):
        asking(writing, "reversible", engine).perform("reverse m1")


def test_a_promotion_does_not_guess_where_the_query_cannot_tell(writing: Writing) -> None:
    engine = Commands(applied=2)
    writing("1", "migration", migration="m1", command="forward", state="done")
    with pytest.raises(CouldNotCheck):
        asking(writing, "reversible", engine).perform("migrate m1")
