#!/usr/bin/python
# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Observe a host for the gates."""

from __future__ import annotations

DOCUMENTATION = r"""
module: evidence_info
short_description: Observe a host for the gates of a promotion
version_added: 0.1.0
description:
  - Observes whatever the gates judge - platform, user, Docker Engine, Compose, disk, ports, networks, volumes, images,
    reachability, the manifest's own gates, and what the host holds of the stack.
  - It judges nothing and changes nothing. What a host lacks (Docker, Compose, an image) is observed and does not fail.
  - All questions are asked at once.
options:
  manifest:
    description:
      - The normalised manifest that shall go live, as M(mint.promotion.manifest_info) returns it.
      - Left out for a rollback, so that what belongs to a manifest is not observed.
    type: dict
  registry_logins:
    description:
      - Logins of registries as JSON, by registry with username and password. The playbooks' action fills it in.
      - They are in memory for as long as the registry is asked.
    type: str
  supplies:
    description:
      - How the images that no registry gives come to the host, by module. The playbooks' action fills it in.
    type: dict
    default: {}
  selector:
    description: The release that a rollback is asked for; empty for the last known good one.
    type: str
    default: ""
  owner:
    description: The user that shall own the files of a release, to see whether the host knows it.
    type: str
  group:
    description: The group that they shall have.
    type: str
  environment:
    description: The environment whose policy says what else is asked of the host; nothing else without it.
    type: str
    default: ""
  inherit:
    description: Whether the manifest has some modules only and the others shall stay as they are live.
    type: bool
    default: false

extends_documentation_fragment:
  - mint.promotion.stack_on_host
author:
  - mint.promotion contributors (@mint-promotion)
requirements:
  - On the host Python 3.8 or later.
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
  diff_mode:
    support: none
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Read the manifest
  mint.promotion.manifest_info:
    path: deploy/promotion.yml
  register: wanted
  delegate_to: localhost

- name: Observe the host
  mint.promotion.evidence_info:
    stack: mint-modules
    manifest: "{{ wanted.manifest }}"
  register: observed

- name: Show which images the host can have
  ansible.builtin.debug:
    var: observed.evidence.images
"""

RETURN = r"""
evidence:
  description:
    - One entry for each observation. An entry has C(value), which is null where the observation could not be made;
      C(reason) then says why.
  type: dict
  returned: success
  contains:
    platform:
      description: os and arch, as images name them, and python, the version of the host's Python.
      type: dict
    user:
      description:
        - name, uid, root (the promotion root) and root_writable.
        - owner and group that were asked for, each with name, known (to this host) and allowed (this user may give
          files to it), or null.
      type: dict
    engine:
      description: Version of the Docker Engine.
      type: dict
    compose:
      description: Version of the Compose plugin.
      type: dict
    disk:
      description: root and data (the engine's folder), root_free and data_free in bytes.
      type: dict
    ports:
      description: Of each published port module, address, published, protocol, state (free, ours or taken) and owner.
      type: dict
    networks:
      description: Of each external network whether it exists.
      type: dict
    volumes:
      description: Of each external volume whether it exists.
      type: dict
    images:
      description:
        - Of each module module, reference, here (on the host), source (registry, build or ssh), registry (null when it
          was not or could not be asked), platforms, size in bytes where it is known, and reason.
      type: dict
    reachability:
      description: Of each endpoint name, host, port, reachable and reason.
      type: dict
    checks:
      description:
        - Of each of the manifest's own gates check, passed (null when it could not be told), found, wanted and seconds.
      type: dict
    release:
      description: What M(mint.promotion.release_info) says of the stack.
      type: dict
    anchor:
      description: The checkpoint of the ledger that the host saw last, as a signed note; empty when it saw none.
      type: dict
    live:
      description:
        - With O(inherit) what is taken over - release (null when nothing is live), manifest_digest, manifest (its exact
          text, empty when the release does not keep it), modules with image, digest and revision, sources (the names of
          its values), and faults (what was changed since it was staged).
      type: dict
    clock:
      description:
        - time (this host's, in seconds since 1970, when it was asked) and seconds (until it answered).
        - On the control node skew_seconds (how far it is ahead) and error_seconds (by how much that can be wrong) are
          added.
      type: dict
    backup:
      description:
        - Where the policy of O(environment) asks for one - source, age_seconds by this host's clock, and fault (why
          there is no backup).
      type: dict
"""

from functools import partial
from typing import Any, Mapping

from ansible_collections.mint.promotion.plugins.module_utils._adapter import run_module
from ansible_collections.mint.promotion.plugins.module_utils._data import decode
from ansible_collections.mint.promotion.plugins.module_utils._engine.driver import Engine
from ansible_collections.mint.promotion.plugins.module_utils._errors import InvalidInput, Violation
from ansible_collections.mint.promotion.plugins.module_utils._gates.observe import Subject, observe
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import Manifest
from ansible_collections.mint.promotion.plugins.module_utils._manifest.policy_model import Policy
from ansible_collections.mint.promotion.plugins.module_utils._release.arguments import (
    STACK_ON_HOST,
    host_of,
    logins_of,
    supplies_of,
)
from ansible_collections.mint.promotion.plugins.module_utils._release.identity import require_names
from ansible_collections.mint.promotion.plugins.module_utils._release.observe import inheritable
from ansible_collections.mint.promotion.plugins.module_utils._release.observe import observe as observe_release

ARGUMENTS = {
    **STACK_ON_HOST,
    "manifest": {"type": "dict"},
    "registry_logins": {"type": "str", "no_log": True},
    "supplies": {"type": "dict", "default": {}},
    "selector": {"type": "str", "default": ""},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "environment": {"type": "str", "default": ""},
    "inherit": {"type": "bool", "default": False},
}


def perform(parameters: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Observe; check mode makes no difference."""
    root, stack = parameters["root"], parameters["stack"]
    require_names(stack)
    host = host_of(parameters)
    manifest = _manifest(parameters["manifest"])
    owner, group = parameters["owner"], parameters["group"]
    supplies = supplies_of(parameters)
    live = (lambda: inheritable(host)) if parameters["inherit"] else None
    release = partial(observe_release, host, parameters["selector"])
    policy = manifest.policy.get(parameters["environment"], Policy()) if manifest else Policy()
    subject = Subject(
        root, stack, manifest, release, host.store.anchor, owner, group, supplies, live, policy.preflight.backup
    )
    return {"evidence": observe(subject, Engine(logins_of(parameters)))}


def _manifest(data: Mapping[str, Any] | None) -> Manifest | None:
    """The manifest of what manifest_info returned; data of another shape is a fault of the caller."""
    if data is None:
        return None
    try:
        return decode(Manifest, data)
    except (KeyError, TypeError, AttributeError) as error:
        wanted = "a normalised manifest"
        remedy = "pass what manifest_info returns as `manifest`"
        raise InvalidInput([Violation("manifest", "", f"other data ({error})", wanted, remedy)], "The call") from error


def main() -> None:
    """Run the module."""
    run_module(ARGUMENTS, perform)


if __name__ == "__main__":
    main()
