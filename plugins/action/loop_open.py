# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens a loop: writes its scope file."""

from __future__ import annotations

import os
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._closeout.scope import opened_text
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Refused
from ansible_collections.mint.promotion.plugins.plugin_utils._action import PromotionAction
from ansible_collections.mint.promotion.plugins.plugin_utils._clock import now, requester
from ansible_collections.mint.promotion.plugins.plugin_utils._loop_place import ARGUMENTS, loop_place
from ansible_collections.mint.promotion.plugins.plugin_utils._loops import read_loop
from ansible_collections.mint.promotion.plugins.plugin_utils._text_file import keep_text, read_text


class ActionModule(PromotionAction):
    """`mint.promotion.loop_open`."""

    def perform(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self.arguments({**ARGUMENTS, "about": {"type": "str", "default": ""}, "owner": {"type": "str"}})
        place = loop_place(arguments, self._loader)
        text = read_text(place.file)
        if text is None:
            text = opened_text(place.id, arguments["owner"] or requester(), f"{now():%Y-%m-%d}", arguments["about"])
        else:
            loop, faults = read_loop(place.top, place.path)
            if faults:
                raise InvalidInput(faults, place.path)
            if loop is not None and not loop.is_open:
                raise Refused(f"{place.id} is closed.", "Open a loop of its own for what is left.")
        if not self.check_mode:
            os.makedirs(os.path.dirname(place.file), exist_ok=True)
        return {**keep_text(place.file, text, self.check_mode), "loop": place.id, "path": place.file}
