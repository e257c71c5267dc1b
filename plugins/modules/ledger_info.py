#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify ledgers. The work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ledger_info
short_description: Verify the receipts of a ledger
version_added: 0.1.0
description:
  - Verifies the ledgers that hosts are recorded in, on the control node, with the public keys in C(promotion_keys).
  - Judges the log against its checkpoint and against anchors, every receipt with its signatures at its place, what the
    receipts say of each other, and the files beside them.
  - A verdict is V(OK), V(INVALID), or V(INDETERMINATE) where something could not be told. The last is not good.
  - It reports and does not fail for a verdict; M(mint.promotion.ledger_report) does. It needs no private key.
options:
  receipts:
    description:
      - The folder of the receipts.
      - By default C(promotion_receipts) of each host, or C(promotion_ledger) where the ledger lives elsewhere.
    type: path
  anchors:
    description:
      - Files with checkpoints that others have kept. They must be those of one ledger.
    type: list
    elements: path
    default: []
  hosts:
    description:
      - The results of M(ansible.builtin.slurp) for the file C(checkpoint) in the stack's folder on each host, by the
        names of hosts, looped over stacks or not. They are anchors too, each for the ledger of its host.
      - Without it the ledgers of all hosts of the play are verified.
      - Ask the hosts first and verify after that, so that a run in between is no fault.
    type: dict
    default: {}
  receipt:
    description:
      - A receipt to return with its proof, by its index from 0 or by its digest C(sha256:...).
    type: str
author:
  - mint.promotion contributors (@mint-promotion)
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
  diff_mode:
    support: none
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Verify a copy of the receipts, with a checkpoint that was kept elsewhere
  mint.promotion.ledger_info:
    receipts: /srv/receipts
    anchors: [/srv/kept/checkpoint]
  run_once: true
  register: verified

- name: Go on only when all of it is good
  ansible.builtin.assert:
    that: verified.verdict == "OK"

- name: Take the proof of one receipt
  mint.promotion.ledger_info:
    receipt: sha256:0f5c0dd5a1f4d9cf4b5a1b7f5f0c4a7f8d7dbf0f2e3f3d4f9b6f1a2c3d4e5f60
  run_once: true
  register: one

- name: Hand it out
  ansible.builtin.copy:
    content: "{{ one.proof.tlog_proof }}"
    dest: receipt.tlog-proof
    mode: "0644"
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
verdict:
  description: The worst verdict of any ledger. V(INVALID) is worse than V(INDETERMINATE).
  type: str
  returned: success
ledgers:
  description: Each ledger that was verified.
  type: list
  elements: dict
  returned: success
  contains:
    place:
      description: Its folder or address.
      type: str
    verdict:
      description: The worst of its own and of those of its receipts.
      type: str
    reasons:
      description: What keeps the ledger itself from being OK, worst first.
      type: list
      elements: str
    warnings:
      description: What a person should know.
      type: list
      elements: str
    origin:
      description: Its name in the checkpoint.
      type: str
    size:
      description: How many receipts the checkpoint covers, 0 where none holds.
      type: int
    entries:
      description: How many complete lines the log has.
      type: int
    root:
      description: The root hash of the checkpoint, in Base64.
      type: str
    anchored:
      description: Up to which size an anchor confirms the log; 0 without any.
      type: int
    silent:
      description: Hosts that gave no anchor, and why.
      type: list
      elements: str
    unfinished:
      description: Run keys of intents without an outcome.
      type: list
      elements: str
    receipts:
      description: Every line of the log.
      type: list
      elements: dict
      contains:
        index:
          description: Its place, from 0.
          type: int
        digest:
          description: The sha256 of the line.
          type: str
        kind:
          description: V(gate), V(verdict), V(deployment), V(approval) or V(key); empty for a line that is no receipt.
          type: str
        run_key:
          description: The run that it belongs to, or empty.
          type: str
        verdict:
          description: V(OK), V(INVALID) or V(INDETERMINATE).
          type: str
        reasons:
          description: Why it is not OK.
          type: list
          elements: str
        warnings:
          description: What a person should know.
          type: list
          elements: str
proof:
  description: The receipt that O(receipt) names, if it is OK.
  type: dict
  returned: when O(receipt) is given
  contains:
    index:
      description: Its place, from 0.
      type: int
    envelope:
      description: Its line in the log, without the newline.
      type: str
    tlog_proof:
      description: Its proof as a C(.tlog-proof) file (c2sp.org/tlog-proof).
      type: str
"""
