# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates `loops` and `gaps`, over files of the repository."""

from __future__ import annotations

from functools import partial
from typing import Iterator

from ansible_collections.mint.promotion.plugins.module_utils._errors import CouldNotCheck
from ansible_collections.mint.promotion.plugins.module_utils._gates.loops import (
    GAPS,
    LOOPS,
    OpenWork,
    judge_gaps,
    judge_loops,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Loops
from ansible_collections.mint.promotion.plugins.plugin_utils._loops import read_open_work
from ansible_collections.mint.promotion.plugins.plugin_utils._questions import Context, Question


def loop_questions(context: Context) -> Iterator[Question]:
    """Ask whether work is open, where the manifest says where that is kept."""
    asked = context.run.manifest.loops if context.run.manifest else None
    if asked is None:
        return
    look = partial(_look, context, asked)
    if asked.folder:
        yield Question(LOOPS, lambda: judge_loops(look(), asked.own or ""))
    if asked.gaps:
        yield Question(GAPS, lambda: judge_gaps(look()))


def _look(context: Context, asked: Loops) -> OpenWork:
    if context.repository is None:
        remedy = "Set promotion_repository_path to a git checkout of the repository."
        raise CouldNotCheck("There is no git repository around the manifest", remedy)
    return read_open_work(context.repository, asked)
