# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes the secret values of a release out of what a person or a file will see (pure)."""

from __future__ import annotations

from typing import Iterable, List
from urllib.parse import unquote, urlsplit

from .._checks.masking import Mask


def secret_mask(secrets: Iterable[str]) -> Mask:
    """Return the mask of these values and of the passwords in those that are URLs.

    A program that fails to log in to `postgres://user:password@host` prints the password without the rest.
    """
    values = list(secrets)
    return Mask([*values, *(password for value in values for password in passwords_in(value))])


def passwords_in(value: str) -> List[str]:
    """Return the password in a value that is a URL, as it is written and as it is meant."""
    if "://" not in value:
        return []
    try:
        password = urlsplit(value).password
    except ValueError:  # what is no URL has no password to tell apart
        return []
    return [password, unquote(password)] if password else []
