# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release with what is needed to check it: its values and the mask over the secret ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Dict, Mapping

from .._checks.masking import Mask
from .._data import encode
from .._manifest.model import Manifest
from .findings import Result
from .masking import secret_mask
from .model import Failure, Release


@dataclass(frozen=True)
class Subject:
    """`values` are those that its checks may name as ${secret:NAME}, by source name."""

    release: Release
    values: Mapping[str, str]
    mask: Mask

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    def masked(self, failure: Failure) -> Failure:
        """Return the failure without any secret value in its texts."""
        text = self.mask.text
        return replace(
            failure,
            message=text(failure.message),
            found=text(failure.found),
            wanted=text(failure.wanted),
            log=tuple(text(line) for line in failure.log),
        )


def subject_of(release: Release, values: Mapping[str, str]) -> Subject:
    """Return the subject of a release with the values of its env file (pure)."""
    secrets = {source: values[source] for source in release.secret_sources if source in values}
    return Subject(release, {**_named(release.manifest, values), **secrets}, secret_mask(secrets.values()))


def _named(manifest: Manifest, values: Mapping[str, str]) -> Dict[str, str]:
    """The values that a check names: the others would only be masked for nothing in what the checks say."""
    text = json.dumps(encode(manifest), ensure_ascii=False)
    return {name: value for name, value in values.items() if "${secret:" + name + "}" in text}


def failed(step: str, error: Exception, remedy: str = "") -> Result:
    """Return the result of a step that ended with a domain error or an error of the system."""
    message = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
    return Result(failure=Failure(step, message, remedy=getattr(error, "remedy", "") or remedy))
