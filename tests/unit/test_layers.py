# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The layers and limits of docs/architecture.md, held by reading the imports of every file.

errors → model → pure logic → I/O → adapter → modules, actions, playbooks: a file imports from its own layer
and from those before it. A new file of module_utils is pure until it is named in `IO`.
"""

from __future__ import annotations

import ast
import statistics
import sys
from functools import cache
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PACKAGE = "ansible_collections.mint.promotion.plugins"

ERRORS, MODEL, PURE, INPUT_OUTPUT, ADAPTER, FACE = range(6)
LAYERS = ("errors", "model", "pure logic", "I/O", "adapter", "modules, actions and plugin_utils")

# Files of module_utils that touch the world: files, processes, sockets, the clock, chance.
IO = frozenset(
    {
        "_checks/connect",
        "_checks/http",
        "_checks/runner",
        "_compose/driver",
        "_engine/driver",
        "_engine/login",
        "_engine/process",
        "_gates/backups",
        "_gates/observe",
        "_gates/own_checks",
        "_ledger/durable",
        "_ledger/log",
        "_release/activation",
        "_release/arguments",
        "_release/companions",
        "_release/detached",
        "_release/examine",
        "_release/files",
        "_release/host",
        "_release/images",
        "_release/journal",
        "_release/lock",
        "_release/migrating",
        "_release/neighbours",
        "_release/observe",
        "_release/performer",
        "_release/prepare",
        "_release/project",
        "_release/staging",
        "_release/store",
        "_release/transaction",
        "_release/unlocking",
        "_release/verification",
        "_release/worker",
    }
)

# What gives a file the world: none of it may be imported or called by a pure one.
WORLDLY_MODULES = frozenset(
    "concurrent fcntl ftplib getpass glob grp http io mmap multiprocessing os pathlib platform pty pwd random "  # noqa: SIM905
    "secrets select selectors shutil signal smtplib socket socketserver ssl subprocess syslog tempfile threading "
    "time urllib.request uuid".split()
)
WORLDLY_CALLS = frozenset({"open", "input", "print", "exec", "eval", "__import__"})

FORBIDDEN_NAMES = frozenset({"utils", "common", "helper", "helpers", "manager", "misc"})
CATCH_ALL_ALLOWED = frozenset({"module_utils/_adapter.py", "plugin_utils/_action.py"})
FUNCTION_LIMIT = 50  # lines, docstring included
FUNCTION_MEDIAN = 10
FILE_LIMIT = 400  # lines, without the documentation strings of modules


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted(path: Path) -> str:
    """Return the full name under which a file of the collection is imported."""
    inner = path.relative_to(PLUGINS).with_suffix("")
    parts = inner.parts[:-1] if inner.name == "__init__" else inner.parts
    return ".".join((PACKAGE, *parts))


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, wherever in the file it does so."""
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - (node.level - 1)] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def own_files(names: Iterator[str]) -> Iterator[Path]:
    """Yield the files of the collection among imported names (`a.b.c` may be the file a/b.py and its `c`)."""
    for name in names:
        if not name.startswith(PACKAGE + "."):
            continue
        inner = name[len(PACKAGE) + 1 :].split(".")
        candidates = (PLUGINS.joinpath(*inner[:length]).with_suffix(".py") for length in (len(inner), len(inner) - 1))
        yield next((path for path in candidates if path.is_file()), PLUGINS.joinpath(*inner))


def layer(path: Path) -> int:
    inner = path.relative_to(PLUGINS)
    if inner.parts[0] != "module_utils":
        return FACE
    name = inner.relative_to("module_utils").with_suffix("").as_posix()
    if name == "_adapter":
        return ADAPTER
    if name == "_errors":
        return ERRORS
    if name == "_data" or name.endswith(("/model", "_model", "__init__")):
        return MODEL
    return INPUT_OUTPUT if name in IO else PURE


MODULE_UTILS = sources(PLUGINS / "module_utils")
PURE_FILES = [path for path in MODULE_UTILS if layer(path) <= PURE]
ALL = sources(PLUGINS)
OURS = ALL + sources(ROOT / "tests") + sources(ROOT / "tools")


@pytest.mark.parametrize("path", named(ALL))
def test_imports_run_one_way_only(path: Path) -> None:
    above = [other for other in own_files(imports(path)) if layer(other) > layer(path)]
    assert not above, f"{LAYERS[layer(path)]} imports {', '.join(f'{one} ({LAYERS[layer(one)]})' for one in above)}"


@pytest.mark.parametrize("path", named(ALL))
def test_what_is_imported_of_the_collection_exists(path: Path) -> None:
    missing = [other for other in own_files(imports(path)) if not other.is_file() and not other.is_dir()]
    assert not missing


@pytest.mark.parametrize("path", named(MODULE_UTILS))
def test_code_for_hosts_needs_the_standard_library_only(path: Path) -> None:
    known = sys.stdlib_module_names | {"ansible_collections"}
    foreign = {name for name in imports(path) if name.split(".")[0] not in known}
    allowed = {name for name in foreign if path.name == "_adapter.py" and name.startswith("ansible.module_utils.")}
    assert foreign == allowed


@pytest.mark.parametrize("path", named(MODULE_UTILS))
def test_module_utils_know_nothing_of_the_control_node(path: Path) -> None:
    outside = [other for other in own_files(imports(path)) if "module_utils" not in other.parts]
    assert not outside


@pytest.mark.parametrize("path", named(PURE_FILES))
def test_pure_files_do_not_touch_the_world(path: Path) -> None:
    prefixes = {name.rsplit(".", length)[0] for name in imports(path) for length in range(name.count(".") + 1)}
    prefixes |= set(imports(path))
    assert not prefixes & WORLDLY_MODULES, "name the file in IO of this test if it is meant to do I/O"
    calls = {
        node.func.id
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & WORLDLY_CALLS


def test_every_named_io_file_exists() -> None:
    assert not [name for name in IO if not (PLUGINS / "module_utils" / f"{name}.py").is_file()]


@pytest.mark.parametrize("path", named(ALL))
def test_only_the_adapter_knows_ansible_modules(path: Path) -> None:
    if path.name != "_adapter.py":
        assert "ansible.module_utils.basic.AnsibleModule" not in set(imports(path))


@pytest.mark.parametrize("path", named(ALL))
def test_unexpected_errors_are_caught_at_the_boundary_only(path: Path) -> None:
    broad = [node.lineno for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler) and _broad(node)]
    if path.relative_to(PLUGINS).as_posix() not in CATCH_ALL_ALLOWED:
        assert not broad, f"lines {broad} catch everything"


def _broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or ast.unparse(one) in ("Exception", "BaseException") for one in caught)


@pytest.mark.parametrize("path", named(OURS))
def test_no_function_is_longer_than_the_limit(path: Path) -> None:
    long = {name: lines for name, lines in function_lengths(path) if lines > FUNCTION_LIMIT}
    assert not long


def function_lengths(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_most_functions_are_short() -> None:
    lengths = [lines for path in ALL for _name, lines in function_lengths(path)]
    assert statistics.median(lengths) <= FUNCTION_MEDIAN


@pytest.mark.parametrize("path", named(OURS))
def test_no_file_is_longer_than_the_limit(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) - documentation_lines(path) <= FILE_LIMIT


def documentation_lines(path: Path) -> int:
    """Return the lines of DOCUMENTATION, EXAMPLES and RETURN, which Ansible wants inside the module."""
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in tree_of(path).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("DOCUMENTATION", "EXAMPLES", "RETURN")
    )


@pytest.mark.parametrize("path", named(OURS))
def test_file_names_say_what_is_inside(path: Path) -> None:
    assert not set(path.stem.strip("_").split("_")) & FORBIDDEN_NAMES
