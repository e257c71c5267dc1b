# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A clean checkout of a commit in a folder of its own, which is gone afterwards whatever happens to this process."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ansible import constants as C

from ansible_collections.mint.promotion.plugins.module_utils._engine.process import last_lines, run
from ansible_collections.mint.promotion.plugins.module_utils._errors import CommandFailed
from ansible_collections.mint.promotion.plugins.plugin_utils._checkout import Checkout

SECONDS = 600.0  # for a large repository
_DONE = b"done\n"

# It waits for the end of its input: that of a process that is killed is closed by the system. What still runs in the
# folder then is ended first. Arguments: the repository, the folder.
_KEEPER = """
read -r word
if [ "$word" != done ]; then
    for process in /proc/[0-9]*; do
        case "$(readlink "$process/cwd")" in "$2" | "$2"/*) kill -KILL "${process#/proc/}" ;; esac
    done
fi
git -C "$1" worktree remove --force "$2" || { rm -rf "$2"; git -C "$1" worktree prune; }
"""


@contextmanager
def worktree(checkout: Checkout, commit: str) -> Iterator[Path]:
    """Give a folder with what `commit` holds and nothing else: a worktree of git, without hooks and submodules.

    It is removed at the end, and when this process is killed. Raises `CommandFailed`.
    """
    folder = Path(tempfile.mkdtemp(prefix="mint-promotion-", dir=os.path.realpath(C.DEFAULT_LOCAL_TMP)))
    keeper = subprocess.Popen(
        ["sh", "-c", _KEEPER, "keeper", checkout.root, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _add(checkout.root, folder, commit)
        yield folder
    finally:
        keeper.communicate(_DONE)


def _add(root: str, folder: Path, commit: str) -> None:
    argv = ["git", "-C", root, "-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--quiet", "--detach"]
    done = run([*argv, str(folder), commit], SECONDS, {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"})
    if done.returncode != 0:
        raise CommandFailed([*argv, str(folder), commit], done.returncode, "\n".join(last_lines(done.errors)))
