# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an image is made from, how it is named, and what `docker push` says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.mint.promotion.plugins.module_utils._manifest.build import (
    ImagePlan,
    build_argv,
    find_argv,
    found_image,
    pushed_anything,
    pushed_digest,
    with_registry,
    without_notice,
)

PLAN = ImagePlan(
    module="web",
    repository="registry.example.com/team/web",
    source="https://git.example.com/team/shop.git",
    revision="b2" * 20,
    context="web",
    tree="c3" * 20,
    dockerfile="Dockerfile",
    platform="linux/amd64",
    args={"NODE_ENV": "production"},
)
# docker 28.2 (client) and 20.10 (engine)
PUSH = """The push refers to repository [127.0.0.1:5055/mint/artwork]
5f70bf18a086: Layer already exists
0a7a9ff0ff5a: Pushed
1a5d9e727a77: digest: sha256:df99ba64ef4b24bab60d8ddca4f7834dea7df58cd578b55f103f8496cd9d7808 size: 1573
"""

# docker 28.2, without buildx
NOTICE = """DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0
            environment-variable.

"""


@pytest.mark.parametrize(
    ("repository", "registry", "wanted"),
    [
        ("registry.example.com/team/web", "127.0.0.1:5000", "127.0.0.1:5000/team/web"),
        ("localhost/web", "r.example.com", "r.example.com/web"),
        ("host:5000/web", "r.example.com", "r.example.com/web"),
        ("team/web", "r.example.com", "r.example.com/team/web"),
        ("web", "r.example.com", "r.example.com/web"),
        ("registry.example.com/team/web", None, "registry.example.com/team/web"),
        ("registry.example.com/team/web", "", "registry.example.com/team/web"),
    ],
)
def test_a_registry_takes_the_place_of_the_host(repository: str, registry: str | None, wanted: str) -> None:
    assert with_registry(repository, registry) == wanted


def test_the_build_gets_source_revision_and_labels() -> None:
    argv = build_argv(PLAN)
    assert argv[:4] == ("docker", "build", "--file", "Dockerfile")
    assert argv[-1] == "-"
    options = {argv[index + 1] for index, word in enumerate(argv) if word in ("--build-arg", "--label", "--tag")}
    assert options == {
        "registry.example.com/team/web:b2b2b2b2b2b2",
        "NODE_ENV=production",
        f"REVISION={PLAN.revision}",
        f"SOURCE={PLAN.source}",
        f"org.opencontainers.image.revision={PLAN.revision}",
        f"org.opencontainers.image.source={PLAN.source}",
        f"mint.promotion.build={PLAN.inputs}",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"tree": "d4" * 20},
        {"revision": "d4" * 20},
        {"source": "https://git.example.com/other.git"},
        {"dockerfile": "Dockerfile.prod"},
        {"platform": "linux/arm64"},
        {"args": {"NODE_ENV": "test"}},
    ],
)
def test_other_inputs_make_another_image(change: dict[str, object]) -> None:
    assert replace(PLAN, **change).inputs != PLAN.inputs  # type: ignore[arg-type]


def test_where_an_image_goes_is_no_input() -> None:
    assert replace(PLAN, repository="other.example.com/web", module="www").inputs == PLAN.inputs


def test_the_source_and_the_revision_cannot_be_overridden_by_arguments() -> None:
    plan = replace(PLAN, args={"REVISION": "fake", "SOURCE": "fake"})
    assert plan.build_args == {"REVISION": PLAN.revision, "SOURCE": PLAN.source}


def test_the_digest_and_what_was_sent_are_read_from_the_push() -> None:
    assert pushed_digest(PUSH) == "sha256:df99ba64ef4b24bab60d8ddca4f7834dea7df58cd578b55f103f8496cd9d7808"
    assert pushed_anything(PUSH)
    assert not pushed_anything(PUSH.replace("Pushed", "Layer already exists"))
    assert pushed_digest("The push refers to repository [x]\n") is None


def test_a_failed_build_is_not_introduced_by_the_builders_advice() -> None:
    output = f"{NOTICE}Step 1/9 : FROM ${{BUILD_IMAGE}}\nbase name should not be blank\n"
    assert without_notice(output) == "Step 1/9 : FROM ${BUILD_IMAGE}\nbase name should not be blank\n"


def test_an_image_is_found_again_by_its_inputs_and_its_revision() -> None:
    filters = [word for word in find_argv(PLAN) if word.startswith("label=")]
    assert filters == [
        f"label=mint.promotion.build={PLAN.inputs}",
        f"label=org.opencontainers.image.revision={PLAN.revision}",
    ]


def test_an_image_that_was_made_upon_another_is_not_taken_for_it() -> None:
    derived, built = f"sha256:{'1' * 64} debug", f"sha256:{'2' * 64} {PLAN.revision[:12]}"
    assert found_image(f"{derived}\n{built}\n", PLAN) == f"sha256:{'2' * 64}"
    assert found_image(f"{derived}\nsha256:{'3' * 64} <none>\n", PLAN) is None
    assert found_image("", PLAN) is None
