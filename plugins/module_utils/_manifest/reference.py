# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/manifest.md and docs/promotion.schema.json, rendered from the schema."""

from __future__ import annotations

from .._schema.json_schema import json_schema_text
from .._schema.reference import records, section
from .schema import MANIFEST

SMALLEST = """\
schema: 1
stack:
  name: shop
source:
  repository: https://git.example.com/team/shop.git
  revision: "3c196322dc93291060e01fc7dc9f8c1909d7c057"
modules:
  web:
    image: registry.example.com/team/web@sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
    revision: "3c196322dc93291060e01fc7dc9f8c1909d7c057"
    ports:
      - published: 8080
        target: 80
    health:
      http:
        path: /
"""

_HEAD = f"""\
<!-- Generated from plugins/module_utils/_manifest/schema.py by `make docs`. Edit it there. -->
# The promotion manifest

The manifest says what shall go live: the modules of a stack, each by image digest and git commit, what they need,
and how one can tell that they work. It is a YAML file, by convention `deploy/promotion.yml` in the repository of
the stack. [examples/mint-modules/deploy/promotion.yml](../examples/mint-modules/deploy/promotion.yml) uses most of
it; this is about the least:

```yaml
{SMALLEST}```

## How it is read

* As data. Nothing in it is templated or executed: Jinja stays literal text.
* UTF-8, one YAML document, at most 1 MiB and, with all aliases expanded, 20,000 parts. Anchors, aliases and merge
  keys (`<<`) work. Unknown keys, duplicate keys, and tags and dates (quote them) are refused.
* All faults come at once, each with line and column, what was found, what is wanted and what to do next:

      ansible localhost -m mint.promotion.manifest_info -a path=deploy/promotion.yml

* Its digest is the SHA-256 of the exact bytes of the file.
* Editors check it as you type with [promotion.schema.json](promotion.schema.json) (JSON Schema, draft 2020-12).

`build.yml` builds the modules of a commit, pushes them, and pins `source.revision`, the revisions and the images
in place; comments and layout stay. A module's revision is the commit that last changed its folder, so a commit that
leaves a module alone leaves its image, and its running container, alone. Before the first build any image name with
`@sha256:` and 64 zeros will do. `pin.yml` pins images that CI has pushed, each with the revision of its label.

The schema is wider than what a promotion carries out today. A manifest that uses more is valid, and `promote.yml`
refuses it and names the places; nothing is passed over in silence.

## Values and secrets

A manifest says which variables a module gets and where each value comes from, never a secret value. The values are
given in `promotion_values` of the environment's inventory, secret ones from a vault or a lookup. They are text on one
line, numbers or booleans. Missing values and values against their pattern are refused before a host is touched.
`mint.promotion.manifest_document` writes `.env.prod.example` and PROMOTION_MANIFEST.md from the manifest.

## What must agree

* Two modules have no service in common, and publish no port in common (0.0.0.0 and :: overlap with every address).
* Modules in `depends_on`, networks, volumes and the modules of migrations exist; dependencies have no cycle.
* A module of your own has a revision; a `third_party` one has neither `revision` nor `build`.
* A value is secret in every module or in none, and has one default.
* A check that uses `${{capture:NAME}}` follows one of the same list that captures it; `${{secret:NAME}}` names a value
  of some module's `environment`, by its source name.
* A check with `path` belongs to a module that publishes a port, or names `port`. Gates use `url`.

## The keys
"""


def reference_text() -> str:
    """Return the reference of the manifest as Markdown."""
    return _HEAD + "\n" + "\n".join(section(record) for record in records(MANIFEST))


def manifest_schema_text() -> str:
    """Return the JSON Schema of the manifest."""
    return json_schema_text(MANIFEST, "Promotion manifest of mint.promotion")
