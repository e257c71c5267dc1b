# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The other stacks below the promotion root of a host, as far as their folders tell."""

from __future__ import annotations

import os
from typing import Container, Iterator, Optional, Tuple

from .._compose.carried import place_of, project_directory
from .._errors import PromotionError
from .store import Layout, Store


def owner_of_project(store: Store, project: str) -> Optional[str]:
    """Return the folder of another stack that has a release of this Compose project, None where there is none.

    A neighbour that this user may not read says nothing; what it runs, the engine still tells.
    """
    for layout in _neighbours(store.layout):
        try:
            releases = Store(store.files, layout).releases()
        except (PromotionError, OSError):  # a folder of something else
            continue
        if any(release.manifest.project == project for release in releases):
            return layout.directory
    return None


def owner_of_file(store: Store, wanted: Container[str]) -> Optional[Tuple[str, str]]:
    """Return the folder of another stack whose live release has a file in one of these places, and the place.

    None where there is none. A neighbour that this user may not read says nothing.
    """
    for layout in _neighbours(store.layout):
        try:
            taken = _carried_places(Store(store.files, layout))
        except (PromotionError, OSError):  # a folder of something else
            continue
        for place in taken:
            if place in wanted:
                return layout.directory, place
    return None


def _carried_places(store: Store) -> Tuple[str, ...]:
    live = store.current()
    own = store.read(live).manifest.compose if live is not None else None
    if live is None or own is None:
        return ()
    directory = project_directory(own, store.layout.directory)
    return tuple(place_of(own, directory, one.path) for one in store.content(live).carried)


def _neighbours(layout: Layout) -> Iterator[Layout]:
    names = os.listdir(layout.root) if os.path.isdir(layout.root) else ()
    return (Layout(layout.root, name) for name in sorted(names) if name != layout.stack)
