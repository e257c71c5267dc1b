# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make `ansible_collections.mint.promotion` importable wherever the repository was cloned."""

from __future__ import annotations

import sys
import types
from pathlib import Path

from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("machine", deadline=None)
settings.load_profile("machine")

ROOT = Path(__file__).resolve().parents[2]


def _namespace(name: str, path: list[str]) -> None:
    module = types.ModuleType(name)
    module.__path__ = path
    sys.modules[name] = module


if "ansible_collections.mint.promotion" not in sys.modules:
    _namespace("ansible_collections", [])
    _namespace("ansible_collections.mint", [])
    _namespace("ansible_collections.mint.promotion", [str(ROOT)])
