# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of what the actions about the keys of a ledger have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: mint.promotion.ledger_keys`."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Private keys are not shown.
  platform:
    platforms: all
"""
