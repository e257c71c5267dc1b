# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the modules that write to a host."""

from __future__ import annotations


class ModuleDocFragment:
    """`extends_documentation_fragment: mint.promotion.ownership`."""

    DOCUMENTATION = r"""
options:
  owner:
    description: Owner of what is written, by name; the user that runs the module by default.
    type: str
  group:
    description: Group of what is written, by name.
    type: str
  directory_mode:
    description: Mode of folders, octal.
    type: str
    default: "0750"
  file_mode:
    description: Mode of the compose file, the facts and the journal, octal.
    type: str
    default: "0640"
  env_mode:
    description: Mode of the env file and of the key that protects its digest, octal.
    type: str
    default: "0600"
"""
