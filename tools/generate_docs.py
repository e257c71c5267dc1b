# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the documentation that is generated from the schemas of manifest and statements. `make docs` runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".cache/collections"))  # made by `make setup`: this checkout as mint.promotion

from ansible_collections.mint.promotion.plugins.module_utils._ledger.reference import (  # noqa: E402
    receipts_text,
    statement_schemas,
)
from ansible_collections.mint.promotion.plugins.module_utils._manifest.reference import (  # noqa: E402
    manifest_schema_text,
    reference_text,
)

RECEIPTS = "docs/receipts.md"


def documents() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every generated document."""
    yield "docs/promotion.schema.json", manifest_schema_text()
    yield "docs/manifest.md", reference_text()
    yield RECEIPTS, receipts_text((ROOT / RECEIPTS).read_text(encoding="utf-8"))
    for name, text in statement_schemas().items():
        yield f"docs/receipts/{name}.schema.json", text


def main() -> None:
    for name, text in documents():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
