# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How names, images, revisions, paths and the like are written in a manifest."""

from __future__ import annotations

import ipaddress
import re
from typing import Optional

from .._schema.fields import Fault, ListOf, Number, Text
from .._schema.wording import quoted

# The path components of github.com/distribution/reference: stack and module names become parts of image names.
COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?"
REPOSITORY = rf"(?:{_HOST}/)?{COMPONENT}(?:/{COMPONENT})*"
IMAGE = rf"^{REPOSITORY}(?:@sha256:[a-f0-9]{{64}})?$"
REVISION = r"^(?:[a-f0-9]{40}|[a-f0-9]{64})$"  # git object names: SHA-1 or SHA-256
# compose-spec, compose-spec.json: patternProperties of services and the project name.
SERVICE = r"^[a-zA-Z0-9._-]+$"
PROJECT = r"^[a-z0-9][a-z0-9_-]*$"
RELATIVE = r"^(?!/)(?!(?:.*/)?\.\.(?:/|$)).+$"
DIGEST_REMEDY = (
    "mint.promotion.build pins the digest of what it builds, mint.promotion.pin that of a tag; `docker image inspect` "
    "shows that of a pulled image in RepoDigests"
)
ABSOLUTE = r"^/(?!(?:.*/)?\.\.(?:/|$)).*$"


def image_fault(text: str) -> Optional[Fault]:
    """Say why `text` is no image by digest and no repository, or None when its form is right."""
    if re.search(IMAGE, text):
        return None
    name, at, digest = text.partition("@")
    tagged = ":" in name.rpartition("/")[2]
    if not at and tagged:
        return Fault(f"the tag {quoted(text)} without a digest", DIGEST_REMEDY)
    algorithm, _colon, value = digest.partition(":")
    if at and algorithm != "sha256":
        return Fault(f"the digest {quoted(digest)}", "write sha256: and 64 hexadecimal digits")
    if at and not re.search("^[a-f0-9]{64}$", value):
        found = f"a digest of {len(value)} characters in {quoted(text)}"
        return Fault(found, "write all 64 hexadecimal digits, in lower case")
    if tagged:
        return Fault(f"a tag beside the digest in {quoted(name)}", "leave the tag out: the digest names the image")
    return Fault(f"the repository {quoted(name)}", "write it in lower case: registry.example.com/team/name")


def revision_fault(text: str) -> Optional[Fault]:
    """Say why `text` is no full git revision, or None."""
    if re.search(REVISION, text):
        return None
    if re.search("^[a-fA-F0-9]{4,}$", text):
        found = f"the revision {quoted(text)} of {len(text)} characters"
        return Fault(found, f"write the full one, in lower case: git rev-parse {text}")
    return Fault(quoted(text), "a branch or tag moves; write the commit: git rev-parse --verify NAME^{commit}")


def relative_path_fault(text: str) -> Optional[Fault]:
    """Say why `text` may lead out of the folder that it is relative to, or None."""
    if text.startswith("/"):
        return Fault(f"the absolute path {quoted(text)}", "write it relative to the root of the repository")
    if ".." in text.split("/"):
        return Fault(f'".." in the path {quoted(text)}', "name a path below the root of the repository")
    return None


def absolute_path_fault(text: str) -> Optional[Fault]:
    """Say why `text` is no plain absolute path, or None."""
    if not text.startswith("/"):
        return Fault(f"the relative path {quoted(text)}", "begin it with /")
    if ".." in text.split("/"):
        return Fault(f'".." in the path {quoted(text)}', "write the path without ..")
    return None


def pattern_fault(text: str) -> Optional[Fault]:
    """Say why `text` is no regular expression of Python's re, or None."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        return Fault(f"{quoted(text)}: {error}", "correct the expression; quote it in YAML")
    return None


def address_fault(text: str) -> Optional[Fault]:
    """Say that `text` is no IP address, or None."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return Fault(remedy="write an address of the host, or 0.0.0.0 for all of them")
    return None


def repository_fault(text: str) -> Optional[Fault]:
    """Refuse a repository address that carries a password or token."""
    if re.search("^[a-z+]+://[^/@]*:[^/@]*@", text):
        return Fault("an address with a password in it", "leave it out: git takes it from a credential store")
    return None


LINE = Text()
WORD = Text("text", multiline=True)
BLOCK = Text("text", multiline=True, empty=True)
ARGUMENTS = ListOf(BLOCK, minimum=1)
PORT_NUMBER = Number(minimum=1, maximum=65535)
NAME = Text(
    "lower-case letters, digits and single . _ or dashes between them, at most 63 characters",
    rf"^(?=.{{1,63}}$){COMPONENT}$",
)
STACK_NAME = Text(
    "lower-case letters, digits and _ or dashes between them, at most 63 characters",
    r"^(?=.{1,63}$)[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$",
)
PROJECT_NAME = Text(f"a project name that Compose takes: {PROJECT}", PROJECT)
SERVICE_NAME = Text(f"a service name that Compose takes: {SERVICE}", SERVICE)
IMAGE_BY_DIGEST = Text("an image by its full digest: REPOSITORY@sha256:<64 hex>", IMAGE, inspect=image_fault)
FULL_REVISION = Text("a full git commit: 40 (or 64) hex digits", REVISION, inspect=revision_fault)
RELATIVE_PATH = Text("a path below the repository's root", RELATIVE, inspect=relative_path_fault)
ABSOLUTE_PATH = Text("an absolute path in the container", ABSOLUTE, inspect=absolute_path_fault)
HOST_DIRECTORY = Text(
    "an absolute path on the host", r"^/(?!(?:.*/)?\.{1,2}(?:/|$))[^$]*[^$/]$", inspect=absolute_path_fault
)
DIGEST = Text("sha256: and 64 hexadecimal digits", r"^sha256:[a-f0-9]{64}$")
PROFILE_NAME = Text("a profile name that Compose takes", r"^[a-zA-Z0-9][a-zA-Z0-9_.-]+$")  # compose-spec, profiles
REGULAR_EXPRESSION = Text("a regular expression", inspect=pattern_fault)
GIT_ADDRESS = Text("the address of a git repository, without a password", inspect=repository_fault)
VARIABLE_NAME = Text("a variable name: letters, digits and _", r"^[A-Za-z_][A-Za-z0-9_]*$")
HEADER_NAME = Text("the name of an HTTP header", r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")  # RFC 9110, 5.6.2: token
HOST = Text("a host name or an IP address", r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:]+$")
ADDRESS = Text("an IP address of the host", inspect=address_fault)
# compose-spec, "Specifying byte values"
BYTES = Text("a size as Compose writes it: 256m, 1gb", r"^[0-9]+(?:b|k|kb|m|mb|g|gb)$")
USER = Text("a user and perhaps a group: 1000:1000", r"^[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?$")
URL = Text("an http or https address without a password", r"^https?://[^/@\s]+(?:[/?#][^\s]*)?$")
URL_PATH = Text("a path that begins with /", r"^/[^\s]*$")
VALUE_PATH = Text("a dotted path into the JSON answer", r"^[^\s.]+(?:\.[^\s.]+)*$")
TMPFS = Text("an absolute path, perhaps with options: /run:mode=755,size=64m", r"^/(?!(?:.*/)?\.\.(?:/|:|$)).*$")
ATTACHMENT_NAME = Text("a name of the Docker Engine", r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")
