# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one exception of the bed: its text says what is wrong and what to do next."""

from __future__ import annotations


class BedError(Exception):
    """Something that the person at the keyboard can put right."""
