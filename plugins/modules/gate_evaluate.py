#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the evidence. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gate_evaluate
short_description: Judge the evidence of all hosts on the control node
version_added: 0.1.0
description:
  - Judges what M(mint.promotion.evidence_info) observed on each host of the open run, shows the gates as a table and
    records the verdict for this manifest, this environment and this run.
  - Only the verdict V(PASSED) lets the run go on. An observation that could not be made is V(INCONCLUSIVE) and stops
    the run like a failure.
  - The policy of the environment in the manifest says of each gate whether it is enforced or only reported.
  - Where some modules only are promoted, it composes the manifest of these and, for the others, of the live one, which
    has to be the same on all hosts; the verdict is for that manifest.
  - Writes the intent receipt before any host is changed, or the receipt of the refusal.
  - A refusal ends the run and leaves custom statistics under C(promotion). The task itself does not fail then;
    M(mint.promotion.run_assert) does.
  - In a promotion it asks the gates of the control node as well, all at once, and shows each as it gets its verdict.
options:
  gates_only:
    description:
      - Ends the run after judging, with the receipts of the gates and of the verdict. No host is changed.
      - The outcome is V(judged) where the verdict is V(PASSED), else V(refused) as always.
    type: bool
    default: false

author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: In check mode the module does what it says and writes nothing.
"""

EXAMPLES = r"""
- name: Judge the evidence of all hosts
  mint.promotion.gate_evaluate:
  run_once: true
"""

RETURN = r"""
verdict:
  description: The decision.
  type: str
  returned: success
  sample: PASSED
gates:
  description: One result for each gate on each host.
  type: list
  elements: dict
  returned: success
  contains:
    gate:
      description: Name of the gate.
      type: str
    host:
      description: The host whose evidence was judged.
      type: str
    verdict:
      description: PASSED, FAILED or INCONCLUSIVE.
      type: str
    mode:
      description: Whether the gate is enforced or reported.
      type: str
    found:
      description: What was observed.
      type: str
    wanted:
      description: What the gate asks for.
      type: str
    remedy:
      description: What to do next.
      type: str
    seconds:
      description: How long a gate of the control node was judged.
      type: float
    counts:
      description: How many tests passed of how many, where it counted any.
      type: str
    reused:
      description: Digest of the earlier receipt that satisfied the gate, or empty.
      type: str
"""
