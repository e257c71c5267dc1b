# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of processors: the kernel's and those of images (pure).

Images use Go's names (https://go.dev/doc/install/source#environment) with a variant for 32-bit ARM
(https://github.com/opencontainers/image-spec/blob/main/image-index.md#platform-variants).
"""

from __future__ import annotations

from typing import Mapping

_NAMES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm/v7",
    "armv6l": "arm/v6",
    "i386": "386",
    "i686": "386",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}


def image_architecture(machine: str) -> str:
    """What `uname -m` says, as images name it; a name that is not known stays as it is."""
    return _NAMES.get(machine.lower(), machine.lower())


def platform_of(observed: Mapping[str, str]) -> str:
    """The platform of a host, as evidence tells it, in the words of images: linux/amd64."""
    return f"{observed['os']}/{observed['arch']}"


def image_platform(platform: str) -> str:
    """The platform of an image without what the engine ignores: v8 is the only variant of arm64."""
    return "linux/arm64" if platform == "linux/arm64/v8" else platform
