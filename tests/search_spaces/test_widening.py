import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search_spaces import Float, Int, Space, further, setting_of, widened, with_settings
from search_spaces.limits import LIMITS
from trainable.config import LOOP_NAMES, LoopConfig

KNOWN = sorted(LIMITS)


@st.composite
def ranges(draw):
    low = draw(st.floats(-1e4, 1e4) | st.sampled_from([0.0, 1e-6, 0.5, 1.0]))
    width = draw(st.floats(1e-3, 1e6))
    step, log = draw(st.none() | st.integers(1, 9)), draw(st.booleans()) and low > 0
    if draw(st.booleans()):
        whole, num = max(round(low), 1) if log else round(low), draw(st.integers(1, 500))
        return Int(whole, whole + num * (step or 1), log, step)
    if step is not None:
        return Float(round(low, 3), round(low, 3) + step * 7, round(low, 3) > 0 and log, step)
    return Float(low, low + width, log)


@example(dimension=Int(-13, -1, step=2), name="accumulate_steps")
@example(dimension=Float(-14.0, 0.0, step=2.0), name="warmup_epochs")
@given(dimension=ranges(), name=st.sampled_from([*KNOWN, "hidden", "temperature"]))
def test_a_wider_range_is_read_back_and_ends_where_the_hyperparameter_does(dimension, name):
    try:
        space = Space({name: dimension, "other": Int(1, 2)})
    except ValueError:  # no range for this name
        return
    wider = widened(name, dimension)

    assert with_settings(space, [setting_of(name, wider)]).dimensions[name] == wider
    assert wider.low <= dimension.low < dimension.high <= wider.high
    for old, new in [(dimension.low, wider.low), (dimension.high, wider.high)]:
        assert new == old or name not in LIMITS or LIMITS[name].allow(new)
    assert wider.low >= 0 or dimension.low < 0
    assert wider.high <= 0 or dimension.high > 0


@pytest.mark.parametrize(
    ("name", "dimension", "setting"),
    [
        ("lr", Float(1e-4, 1, log=True), "lr=1e-05..10:log"),
        ("lr", Float(0.01, 0.1), "lr=0.001..0.145"),
        ("momentum", Float(0.5, 0.99), "momentum=0.255..0.999"),
        ("dropout", Float(0, 0.6), "dropout=0..0.9"),
        ("hidden", Int(112, 432), "hidden=1..592"),
        ("hidden", Int(16, 512, log=True), "hidden=2..5120:log"),
        ("batch_size", Int(64, 256, step=16), "batch_size=16..352:step=16"),
        ("temperature", Float(1, 10), "temperature=0.1..14.5"),
        ("shift", Float(-1, 1), "shift=-2..2:float"),
        ("steps", Int(0, 10_000_000), "steps=0..15000000"),
    ],
)
def test_ends_move_by_half_the_width_or_a_factor_as_far_as_they_can(name, dimension, setting):
    assert setting_of(name, widened(name, dimension)) == setting


@pytest.mark.parametrize("dimension", [Float(0, 1.7e308), Float(0, 1, step=1e-6), Int(1, 2**53)])
def test_a_range_that_cannot_grow_stays(dimension):
    assert widened("x", dimension) == dimension


@pytest.mark.parametrize("name", sorted(LIMITS.keys() & set(LOOP_NAMES)))
@pytest.mark.parametrize("value", [-1, -0.5, 0, 0.0, 0.5, 1, 1.0, 2, 2.5, True])
def test_limits_are_those_of_the_training_loop(name, value):
    try:
        LoopConfig.from_config({name: value})
    except ValueError:
        assert not LIMITS[name].allow(value)
    else:
        assert LIMITS[name].allow(value)


@pytest.mark.parametrize(
    ("name", "numbers", "beyond"),
    [
        ("lr", [0.01, 0.1, 1.0], [10.0, 100.0]),
        ("lr", [0.3, 0.1], [0.033, 0.011]),
        ("batch_size", [64, 128, 256], [512, 1024]),
        ("batch_size", [8, 4, 2], [1]),
        ("dropout", [0.1, 0.5], []),
        ("hidden", [2, 1], []),
    ],
)
def test_choices_go_on_by_the_ratio_of_the_last_two_as_far_as_the_name_does(name, numbers, beyond):
    assert further(name, numbers) == beyond
