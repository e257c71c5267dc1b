# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Compose is told, and what it may inherit."""

from __future__ import annotations

from ansible_collections.mint.promotion.plugins.module_utils._compose.command import (
    Files,
    down_argv,
    process_environment,
    run_argv,
    up_argv,
    validate_argv,
)

FILES = Files("shop", "/opt/shop", ("/opt/shop/releases/r1/compose.yaml",), "/opt/shop/releases/r1/.env")


def test_every_command_names_project_folder_and_both_files() -> None:
    for argv in (validate_argv(FILES), up_argv(FILES, True), down_argv(FILES)):
        assert argv[:7] == (
            "docker",
            "compose",
            "--ansi=never",
            "--project-name=shop",
            "--project-directory=/opt/shop",
            "--file=/opt/shop/releases/r1/compose.yaml",
            "--env-file=/opt/shop/releases/r1/.env",
        )


def test_up_neither_builds_nor_pulls_nor_waits() -> None:
    argv = up_argv(FILES, True)
    assert argv[7:] == ("up", "--detach", "--no-build", "--pull", "never", "--quiet-pull", "--remove-orphans")
    assert "--remove-orphans" not in up_argv(FILES, False)


def test_down_never_removes_a_volume() -> None:
    assert not {"-v", "--volumes"} & set(down_argv(FILES))


def test_a_command_of_a_migration_takes_the_place_of_the_entrypoint_word_by_word() -> None:
    argv = run_argv(FILES, "web", ("my tool", "--up", "$HOME"), "shop-migration-7")
    at = argv.index("web")
    assert argv[at - 1 :] == ("--entrypoint='my tool'", "web", "--up", "$HOME")
    assert {"--detach", "--no-deps", "--name=shop-migration-7"} <= set(argv[:at])
    assert "--rm" not in argv  # its exit code has to outlive it


def test_no_variable_of_the_caller_can_change_what_a_release_means() -> None:
    inherited = {
        "PATH": "/usr/bin",
        "HOME": "/root",
        "DOCKER_HOST": "unix:///run/docker.sock",
        "SHOP_NAME": "another one",
        "COMPOSE_PROFILES": "debug",
        "COMPOSE_FILE": "other.yaml",
    }
    assert sorted(process_environment(inherited)) == ["DOCKER_HOST", "HOME", "PATH"]
