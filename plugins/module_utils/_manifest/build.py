# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an image is built from and how it is named: commands as data, nothing is run here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, Mapping, Optional, Tuple

from .._data import canonical_json, sha256_digest
from .._registry.names import split_registry

INPUTS_LABEL = "mint.promotion.build"
SOURCE_LABEL = "org.opencontainers.image.source"  # image-spec, annotations.md
REVISION_LABEL = "org.opencontainers.image.revision"
TAG_DIGITS = 12


@dataclass(frozen=True)
class ImagePlan:
    """One image to be built. `tree` is the git tree of the build context, `platform` as linux/amd64."""

    module: str
    repository: str  # where it is pushed to
    source: str
    revision: str
    context: str
    tree: str
    dockerfile: str
    platform: str
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The tag for people: the repository and the first digits of the revision."""
        return f"{self.repository}:{self.tag}"

    @property
    def tag(self) -> str:
        return self.revision[:TAG_DIGITS]

    @property
    def inputs(self) -> str:
        """The digest of all that the image is made from: two builds with the same one need not both be made."""
        parts = (self.tree, self.dockerfile, self.platform, self.build_args)
        return sha256_digest(canonical_json(parts))

    @property
    def build_args(self) -> Mapping[str, str]:
        return {**self.args, "SOURCE": self.source, "REVISION": self.revision}

    @property
    def labels(self) -> Mapping[str, str]:
        return {SOURCE_LABEL: self.source, REVISION_LABEL: self.revision, INPUTS_LABEL: self.inputs}


def build_argv(plan: ImagePlan) -> Tuple[str, ...]:
    """Return the command that builds the image from a tar archive of the context on its standard input."""
    return build_command(plan.dockerfile, plan.reference, plan.build_args, plan.labels)


def build_command(dockerfile: str, tag: str, args: Mapping[str, str], labels: Mapping[str, str]) -> Tuple[str, ...]:
    """Return the command that builds and tags an image from a tar archive of its context on standard input."""
    given = [part for name, value in args.items() for part in ("--build-arg", f"{name}={value}")]
    marks = [part for name, value in labels.items() for part in ("--label", f"{name}={value}")]
    return ("docker", "build", "--file", dockerfile, "--tag", tag, *given, *marks, "-")


def build_environment(inherited: Mapping[str, str], has_buildx: bool) -> Dict[str, str]:
    """Return the environment of a build: BuildKit where its client is installed, the classic builder elsewhere.

    Attestations are left out, because they turn the image into an index whose digest is not the image's
    (https://docs.docker.com/build/metadata/attestations/#creating-attestations).
    """
    chosen = {} if has_buildx else {"DOCKER_BUILDKIT": "0"}
    return {**inherited, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "BUILDKIT_PROGRESS": "plain", **chosen}


def find_argv(plan: ImagePlan) -> Tuple[str, ...]:
    """Return the command that prints id and tag of the images that say they were made from the same inputs.

    The newest comes first.
    """
    labels = {INPUTS_LABEL: plan.inputs, REVISION_LABEL: plan.revision}
    filters = [part for name, value in labels.items() for part in ("--filter", f"label={name}={value}")]
    return ("docker", "image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Tag}}", *filters)


def found_image(output: str, plan: ImagePlan) -> Optional[str]:
    """Return the id of the image that `find_argv` found; None for none.

    An image that was made upon another inherits its labels, and has a tag of its own.
    """
    rows = (line.split() for line in output.splitlines())
    return next((row[0] for row in rows if row[1:] == [plan.tag]), None)


def kept_tag(repository: str, digest: str) -> str:
    """Return the tag by which an engine knows an image that is in no registry. `digest` is sha256:<64 hex>."""
    return f"{repository}:{digest.replace(':', '-')}"


def pushed_digest(output: str) -> Optional[str]:
    """Return the digest that `docker push` printed in its last line (`TAG: digest: sha256:… size: …`)."""
    found = re.findall(r"digest: (sha256:[a-f0-9]{64})", output)
    return found[-1] if found else None


def pushed_anything(output: str) -> bool:
    """Tell whether `docker push` sent a layer that the registry did not have."""
    return re.search(r"^[0-9a-f]+: (?:Pushed|Mounted from .*)$", output, re.MULTILINE) is not None


def without_notice(output: str) -> str:
    """Return the output of a build without the classic builder's advice to install another one.

    It begins with `DEPRECATED:` and goes on in indented lines (docker/cli, cli/command/image/build.go, from 23.0).
    """
    return re.sub(r"^DEPRECATED: .*\n(?:[ \t]+.*\n|\n)*", "", output, flags=re.MULTILINE)


def with_registry(repository: str, registry: Optional[str]) -> str:
    """Return `repository` with the host of `registry` (`localhost:5000`) in place of its own."""
    return f"{registry}/{split_registry(repository)[1]}" if registry else repository
