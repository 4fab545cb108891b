import pytest

from search_spaces import (
    Choice,
    Float,
    Int,
    Space,
    choices_setting,
    load_space,
    with_settings,
)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("x=1e-4..1:log", Float(1e-4, 1, log=True)),
        ("x=0.1..0.5", Float(0.1, 0.5)),
        ("x=.1...5", Float(0.1, 0.5)),
        ("x=-1..1:float", Float(-1, 1)),
        ("x=0..1.0:step=0.25", Float(0, 1, step=0.25)),
        ("x=8..64", Int(8, 64)),
        ("x=-3..3", Int(-3, 3)),
        ("x=16..256:log", Int(16, 256, log=True)),
        ("x = 8..64 : step=8 : log", Int(8, 64, log=True, step=8)),
        ("x=32,64", Choice([32, 64])),
        ("x=0.9", Choice([0.9])),
        ("x=sgd,adam", Choice(["sgd", "adam"])),
        ("x=true,false", Choice([True, False])),
        ("x=resnet-18,64", Choice(["resnet-18", 64])),
        ('x="a,b","c"', Choice(["a,b", "c"])),
        ('x="../data"', Choice(["../data"])),
        ("x=[64, 32],[16]", Choice([[64, 32], [16]])),
        ("x=info", Choice(["info"])),
    ],
)
def test_a_setting_is_a_range_a_list_or_a_constant(setting, expected):
    space = with_settings(load_space("lr-batch"), [setting])

    assert space.dimensions["x"] == expected


@pytest.mark.parametrize(
    "choices",
    [
        ["relu", "leaky relu", "1", "true", None, 0.5, True],
        ["relu", [64, 64], 'a "b", c', 2],
        [[0.9, 0.99]],
    ],
)
def test_choices_are_written_as_they_are_read(choices):
    space = with_settings(Space({}), [choices_setting("x", choices)])

    assert list(space.dimensions["x"].choices) == choices


def test_a_setting_takes_the_place_of_its_dimension_and_new_ones_come_last():
    space = with_settings(load_space("lr-batch"), ["clip=1.0", "lr=0.1..1"])

    assert list(space.dimensions) == ["lr", "batch_size", "clip"]
    assert space.dimensions["lr"] == Float(0.1, 1)


def test_no_settings_leave_the_space_alone():
    assert with_settings(load_space("lr-batch"), []) == load_space("lr-batch")


def test_a_condition_stays_with_its_dimension():
    space = with_settings(load_space("optimizer"), ["momentum=0.9"])

    assert space.configuration({"lr": 1, "batch_size": 16, "optimizer": "sgd"})["momentum"] == 0.9
    assert "momentum" not in space.configuration({"lr": 1, "batch_size": 16, "optimizer": "adam"})


def test_what_can_no_longer_be_present_is_left_out_with_its_constraints():
    given = load_space("optimizer").to_dict() | {"constraints": ["momentum < 0.9", "lr < 0.5"]}
    space = with_settings(Space.from_dict(given), ["optimizer=adam,adamw"])

    assert list(space.dimensions) == ["lr", "batch_size", "optimizer"]
    assert [constraint.expression for constraint in space.constraints] == ["lr < 0.5"]


@pytest.mark.parametrize("settings", [["optimizer=adam", "momentum=0.9"]])
def test_settings_that_rule_each_other_out_are_refused_in_either_order(settings):
    for ordered in (settings, settings[::-1]):
        with pytest.raises(ValueError, match='"momentum": can never be present, only when opt'):
            with_settings(load_space("optimizer"), ordered)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("lr", r"--set needs name=values, got 'lr': write lr=1e-4\.\.1:log"),
        ("lr=", 'space "lr": choices must not be empty'),
        ("lr=1..0.1:log", r'"lr": low must be below high, .* \(--set lr=1\.\.0\.1:log\)'),
        ("lr=1e-4.1:log", "'1e-4.1:log' is neither a TOML value nor a word"),
        ("lr=0.1..1:lgo", "unknown modifier 'lgo': did you mean log?"),
        ("lr=a..1", "low must be a number, got 'a'"),
        ("lr=0.1..", "high must be a number, got ''"),
        ("lr=nan..1", "low must be a finite number, got nan"),
        ("x=inf", "choices must be a finite number, got inf"),
        ("x=1..9:step=0.5", "step must be an integer, got 0.5"),
        ("x=1..9:step=", "step must be a number, got ''"),
        ("x=True,False", "True is Python, not TOML: write true"),
        ("x=1]\nb=[2", "is neither a TOML value nor a word"),
        ("x=1,,2", "'' is neither a TOML value nor a word"),
        ("batch_size=0..64", 'space "batch_size": low must be an integer of at least 1, got 0'),
        ("=3", 'space "": a name must be of letters'),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(setting, message):
    with pytest.raises(ValueError, match=message) as error:
        with_settings(load_space("lr-batch"), [setting])

    assert len(str(error.value).splitlines()) == 1


def test_a_name_is_set_once():
    with pytest.raises(ValueError, match=r'space "lr": is set twice: keep one \(--set lr=0.2\)'):
        with_settings(load_space("lr-batch"), ["lr=0.1", "lr=0.2"])


def test_a_condition_on_what_became_continuous_is_refused():
    with pytest.raises(ValueError, match='"momentum": when needs a dimension with separate values'):
        with_settings(load_space("optimizer"), ["optimizer=0.1..1"])
