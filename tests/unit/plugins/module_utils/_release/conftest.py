# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A journal written by hand, releases, and a store on a real folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._data import sha256_digest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest, Module, Variable
from ansible_collections.mint.promotion.plugins.module_utils._release.entries import Entry
from ansible_collections.mint.promotion.plugins.module_utils._release.files import Files, Operation
from ansible_collections.mint.promotion.plugins.module_utils._release.identity import env_hmac, release_id
from ansible_collections.mint.promotion.plugins.module_utils._release.model import Content, Release
from ansible_collections.mint.promotion.plugins.module_utils._release.store import Layout, Store

COMPOSE = b"services: {}\n"
ENV = b"WEB_SECRET='hunter2-secret'\n"
MANIFEST = b"schema: 1  # as it was written\r\n"


class Writing:
    """Writes entries one after the other, as the runs of a host would."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def __call__(self, run: str, event: str, **fields: Any) -> Writing:
        seq = len(self.entries) + 1
        self.entries.append(Entry(seq, f"2026-01-31T00:00:{seq % 60:02d}.000Z", run, event, fields))
        return self

    def promote(self, run: str, release: str, before: str | None = None, action: str = "promote") -> Writing:
        self(run, "staged", release=release)
        self(run, "intent", action=action, **{"from": before, "to": release})
        self(run, "switched", **{"from": before, "to": release})
        outcome = {"promote": "promoted", "restore": "restored"}[action]
        return self.outcome(run, outcome, release, live=release, before=before)

    def outcome(self, run: str, outcome: str, release: str, live: str | None, before: str | None = None) -> Writing:
        report = {"outcome": outcome, "release": release, "before": before, "live": live}
        return self(run, "outcome", outcome=outcome, release=release, live=live, report=report)


@pytest.fixture
def writing() -> Writing:
    return Writing()


def a_module(name: str = "web", **fields: Any) -> Module:
    image = fields.pop("image", f"registry.example.com/{name}@sha256:" + "1" * 64)
    return Module(name, image, fields.pop("service", name), fields.pop("revision", "a" * 40), **fields)


def a_manifest(*modules: Module, **fields: Any) -> Manifest:
    secret = Variable("SECRET", "WEB_SECRET", secret=True)
    return Manifest(
        1,
        "shop",
        "shop",
        "https://git.example.com/shop.git",
        "a" * 40,
        modules or (a_module(environment=(secret,)),),
        **fields,
    )


def a_release(name: str, **fields: Any) -> Release:
    """A release as targets and retention see it; the store makes ids of its own."""
    digest = fields.pop("manifest_digest", sha256_digest(name.encode()))
    staged_at = fields.pop("staged_at", f"2026-01-31T00:00:00.{len(name):03d}Z")
    manifest = fields.pop("manifest", a_manifest())
    return Release(name, digest, manifest, "prod", sha256_digest(COMPOSE), "", "run", staged_at, **fields)


@pytest.fixture
def open_store(tmp_path: Path) -> Callable[..., Store]:
    """Opens the store of the stack `shop` below tmp_path/opt, with an optional watcher of its operations."""

    def opened(before: Callable[[Operation], None] = lambda operation: None, **ownership: Any) -> Store:
        return Store(Files(before=before, **ownership), Layout(str(tmp_path / "opt"), "shop"))

    return opened


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    made = open_store()
    made.prepare()
    return made


def stored(store: Store, manifest: Manifest | None = None, compose: bytes = COMPOSE, env: bytes = ENV) -> Release:
    """What staging works out for these bytes, with the key of this store."""
    key = store.key()
    assert key is not None
    manifest = manifest or a_manifest()
    digest, hmac, bytes_digest = sha256_digest(compose), env_hmac(key, env), sha256_digest(MANIFEST)
    name, secrets, staged_at = release_id(bytes_digest, digest, hmac), ("WEB_SECRET",), "2026-01-31T00:00:00.000Z"
    return Release(name, bytes_digest, manifest, "prod", digest, hmac, "run-1", staged_at, secrets, manifest_kept=True)


def content(compose: bytes = COMPOSE, env: bytes = ENV, manifest: bytes = MANIFEST) -> Content:
    return Content(compose, env, manifest)
