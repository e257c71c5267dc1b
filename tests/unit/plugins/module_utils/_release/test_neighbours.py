# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stacks that share a root keep out of each other's Compose projects; other folders there mean nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable

from ansible_collections.mint.promotion.plugins.module_utils._release.neighbours import owner_of_project
from ansible_collections.mint.promotion.plugins.module_utils._release.store import Layout, Store

from .conftest import a_manifest, content, stored


def neighbour(store: Store, stack: str, project: str) -> Store:
    """Another stack below the root of `store`, with one release."""
    other = Store(store.files, Layout(store.layout.root, stack))
    other.prepare()
    other.lay_down(stored(other, replace(a_manifest(), stack=stack, project=project)), content(), "run-1")
    return other


def test_a_project_that_another_stack_has_is_told_with_its_folder(store: Store) -> None:
    blog = neighbour(store, "blog", "website")
    assert owner_of_project(store, "website") == blog.layout.directory
    assert owner_of_project(store, "shop") is None


def test_the_own_releases_do_not_count(store: Store) -> None:
    store.lay_down(stored(store), content(), "run-1")
    assert owner_of_project(store, "shop") is None


def test_files_and_folders_of_others_say_nothing(store: Store) -> None:
    root = Path(store.layout.root)
    (root / "file").touch()
    (root / "link").symlink_to(root / "nowhere")
    (root / "folder" / "releases" / "r0123456789abcdef").mkdir(parents=True)
    (root / "strange").mkdir()
    (root / "strange" / "releases").touch()
    assert owner_of_project(store, "shop") is None


def test_a_root_that_is_not_there_yet_has_no_neighbours(open_store: Callable[..., Store]) -> None:
    assert owner_of_project(open_store(), "shop") is None
