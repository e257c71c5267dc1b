# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the documentation that is generated from the manifest's schema. `make docs` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".cache/collections"))  # made by `make setup`: this checkout as mint.promotion

from ansible_collections.mint.promotion.plugins.module_utils._manifest.json_schema import (  # noqa: E402
    json_schema_text,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.reference import (  # noqa: E402
    reference_text,
)

DOCUMENTS = {"docs/promotion.schema.json": json_schema_text, "docs/manifest.md": reference_text}


def main() -> None:
    for name, render in DOCUMENTS.items():
        (ROOT / name).write_text(render(), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
