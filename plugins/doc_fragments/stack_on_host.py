# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the arguments that name one stack on one host (module_utils/_release/arguments.py)."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: mint.promotion.stack_on_host`."""

    DOCUMENTATION = r"""
options:
  root:
    description: The promotion root on the host, the folder below which every stack has its own.
    type: path
    default: /opt
  stack:
    description: Name of the stack, as in the manifest.
    type: str
    required: true
  host:
    description: The name by which messages call this host; its own host name by default.
    type: str
"""
