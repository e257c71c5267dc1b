# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name of the value that a variable comes from."""

from __future__ import annotations

import re
from typing import Any, Mapping


def source_name(module: str, variable: str, declared: Mapping[str, Any]) -> str:
    """Return the name that `declared` (its `from` and `default`) gives to the value of a variable.

    Without `from` it is the variable's own name; with a default, the module's name comes before it, because
    a default belongs to one module: PORT of order-intake is ORDER_INTAKE_PORT.
    """
    if declared["from"] is not None:
        return str(declared["from"])
    if declared["default"] is None:
        return variable
    return re.sub(r"[^A-Z0-9]+", "_", module.upper()) + "_" + variable
