# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables that say how a run treats a host, checked before any host is contacted.

Ansible and the modules would meet a wrong one too, but late: in the middle of a play, after hosts were locked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, Mapping

from ansible.errors import AnsibleError

from ansible_collections.mint.promotion.plugins.module_utils._errors import Violation
from ansible_collections.mint.promotion.plugins.module_utils._manifest.model import REGISTRY, SSH
from ansible_collections.mint.promotion.plugins.module_utils._release.identity import is_stack_name

STACKS = "promotion_stacks"
STACK_NAME = 'a name of lower case letters, digits, "-" and "_"'

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*[$]?")  # of a user or a group: useradd(8), and directory services
_MODE = re.compile(r"0?[0-7]{3}")


@dataclass(frozen=True)
class Setting:
    """What a variable has to be: in words, and as a test."""

    wanted: str
    is_right: Callable[[Any], bool]
    remedy: str = ""


def _is_batches(value: Any) -> bool:
    """What Ansible's `serial` takes: hosts as a number, a percentage, or a list of both."""
    batches = value if isinstance(value, list) else [value]
    return all(not isinstance(one, bool) and re.fullmatch(r"[0-9]+%?", str(one)) for one in batches)


def _is_seconds(value: Any) -> bool:
    return not isinstance(value, (bool, float)) and re.fullmatch(r"0*[1-9][0-9]*", str(value)) is not None


def _is_name(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _NAME.fullmatch(value) is not None)


def _is_root(value: Any) -> bool:
    """The host expands `~` and `$`; it refuses what is no absolute path then."""
    if not isinstance(value, str) or value[:1] not in ("/", "~", "$"):
        return False
    return value.strip("/") != "" and not {".", ".."}.intersection(value.split("/"))


def _is_stacks(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) and is_stack_name(one) for one in value)


def _is_source(value: Any) -> bool:
    return value in (REGISTRY, SSH)


def _is_build_args(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, (str, int, float)) for one in value.values())


def _mode(wanted: str, owner: int, nobody: int = 0) -> Setting:
    """A mode in which the owner has the bits `owner` and others have none of the bits `nobody`."""

    def is_right(value: Any) -> bool:
        if not isinstance(value, str) or not _MODE.fullmatch(value):
            return False
        return int(value, 8) & (owner | nobody) == owner

    return Setting(f"octal digits in quotes, {wanted}", is_right, "YAML reads 0640 without quotes as the number 416")


SETTINGS: Mapping[str, Setting] = {
    "promotion_root": Setting("an absolute path without . and .., as /opt", _is_root),
    STACKS: Setting("a list of names of stacks", _is_stacks, STACK_NAME),
    "promotion_serial": Setting('a number of hosts, a percentage, or a list of them ([1, "100%"])', _is_batches),
    "promotion_lock_lease": Setting("a whole number of seconds above 0", _is_seconds),
    "promotion_owner": Setting("the name of a user", _is_name),
    "promotion_group": Setting("the name of a group", _is_name),
    "promotion_directory_mode": _mode('all for the owner, as "0750"', 0o700),
    "promotion_file_mode": _mode('reading and writing for the owner, as "0640"', 0o600),
    "promotion_image_source": Setting("registry or ssh", _is_source, "build is a matter of the manifest"),
    "promotion_build_args": Setting("a mapping of names to texts", _is_build_args),
    "promotion_env_mode": _mode('reading and writing for the owner and nothing for others, as "0600"', 0o600, 0o007),
}


def bad_settings(variables: Mapping[str, Any], names: Iterable[str] = tuple(SETTINGS)) -> Iterator[Violation]:
    """The faults of one host's settings, or of some of them; a variable that is not set has none."""
    for name in names:
        found = _fault(variables, name, SETTINGS[name])
        if found:
            yield Violation(name, "", found, SETTINGS[name].wanted, SETTINGS[name].remedy)


def _fault(variables: Mapping[str, Any], name: str, setting: Setting) -> str:
    try:
        if name not in variables or setting.is_right(variables[name]):
            return ""
        return repr(variables[name])
    except AnsibleError as error:
        return f"a template that fails ({error.message})"
