# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The other stacks below the promotion root of a host, as far as their folders tell."""

from __future__ import annotations

import os
from typing import Iterator, Optional

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


def _neighbours(layout: Layout) -> Iterator[Layout]:
    names = os.listdir(layout.root) if os.path.isdir(layout.root) else ()
    return (Layout(layout.root, name) for name in sorted(names) if name != layout.stack)
