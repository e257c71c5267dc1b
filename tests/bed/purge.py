# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes away all that the beds of a checkout have left on the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import engine, fleet
from .bed import ROOT, Bed
from .console import say
from .recipe import REPOSITORY


def owned_beds(root: Path = ROOT) -> tuple[str, ...]:
    """The names of the beds that this checkout made."""
    networks = engine.labelled("network", f"{fleet.LABEL}.owner={root}")
    return tuple(sorted(network["Labels"][fleet.LABEL] for network in networks))


def purge(root: Path = ROOT) -> None:
    """Takes down all beds of the checkout, removes the images that no other checkout's bed runs, the downloads,
    and stops the dockerd that it started."""
    state = root / ".bed"
    if engine.answers():
        for name in owned_beds(root):
            Bed(name, root).down()
        _remove_images()
    else:
        say("no Docker Engine answers: what it keeps of a bed, if anything, stays")
    engine.stop(state / "engine")
    shutil.rmtree(state, ignore_errors=True)


def _remove_images() -> None:
    """Children before parents: an image with others on it is only untagged by the engine, and freed at last."""
    tags = engine.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{REPOSITORY}/*").stdout.split()
    kept = [tag for tag in tags if engine.docker("image", "rm", tag, check=False).returncode]
    if kept:
        say(f"kept, as containers run them: {', '.join(kept)}")
