"""Each patch of Ray changes a name that Ray has, and is undone."""

import pytest

from tuning.engine import ray_patches
from tuning.engine.ray_patches import Patch, patched

PATCHES = [value for value in vars(ray_patches).values() if isinstance(value, Patch)]
by_name = pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)


def value_of(patch):
    return getattr(patch.owner(), patch.attribute)


@by_name
def test_ray_has_what_is_patched(patch):
    assert hasattr(patch.owner(), patch.attribute)


@by_name
def test_a_patch_holds_within_its_block(patch):
    before = value_of(patch)

    with patched(patch):
        assert value_of(patch) is patch.value

    assert value_of(patch) is before


@by_name
def test_a_patch_is_of_the_kind_of_what_it_replaces(patch):
    before = value_of(patch)

    assert callable(before) == callable(patch.value)
    assert callable(before) or type(before) is type(patch.value)


def test_all_patches_are_undone_when_the_block_raises():
    before = [value_of(patch) for patch in PATCHES]

    with pytest.raises(OSError, match="full"), patched(*PATCHES):
        raise OSError("full")

    assert [value_of(patch) for patch in PATCHES] == before


def test_a_name_that_is_gone_from_ray_is_an_error_and_undoes_the_others():
    gone = Patch("ray._private.node", "Node.start_no_such_server", None)
    before = value_of(ray_patches.LOOPBACK)

    with (
        pytest.raises(AttributeError, match="start_no_such_server"),
        patched(ray_patches.LOOPBACK, gone),
    ):
        pass

    assert value_of(ray_patches.LOOPBACK) is before


def test_a_local_session_patches_more_than_a_joined_one():
    local, joined = set(ray_patches.LOCAL), set(ray_patches.JOINED)

    assert ray_patches.LOOPBACK in local - joined
    assert ray_patches.FEW_ATTEMPTS in joined - local
    elsewhere = {ray_patches.NO_CALLBACK_TAGS, ray_patches.NO_EARLY_RANDOM_NUMBERS}
    assert local | joined | elsewhere == set(PATCHES)


@pytest.fixture
def answers(monkeypatch):
    """What Ray's list of nodes answers, one after another: an error is raised."""
    from ray._private import state

    given = []

    def get_node(self, node_id):
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(state.GlobalState, "get_node", get_node)
    return given


def test_a_node_that_is_late_is_waited_for(answers):
    answers += [RuntimeError("no node yet"), RuntimeError("no node yet"), {"node": 1}]

    assert ray_patches.LATE_NODE.value("127.0.0.1:1", "1" * 56) == {"node": 1}


def test_a_node_that_never_comes_is_told_in_one_line(answers, monkeypatch):
    monkeypatch.setattr(ray_patches, "NODE_SECONDS", 0.0)
    answers += [RuntimeError("no node\nyet")]

    with pytest.raises(ValueError, match=r"did not start within 0 s \(no node yet\): try again"):
        ray_patches.LATE_NODE.value("127.0.0.1:1", "1" * 56)
