from search_spaces import Choice, Float, Space, load_space, recorded_space

LR = {"type": "float", "low": 0.01, "high": 1.0}


def test_a_space_is_read_back_as_it_was_written():
    space = Space.from_dict(load_space("optimizer").to_dict() | {"constraints": ["lr < 0.5"]})

    assert recorded_space(space.to_dict()) == space


def test_what_is_computed_is_left_out_with_the_constraints_on_it():
    written = {"lr": LR, "decay": lambda config: config["lr"] / 2}
    space = Space.from_dict(written | {"constraints": ["decay < 0.3", "lr < 0.9"]})

    read = recorded_space(space.to_dict())

    assert read.dimensions == {"lr": Float(0.01, 1)}
    assert [constraint.expression for constraint in read.constraints] == ["lr < 0.9"]


def test_what_cannot_be_read_is_left_out_alone():
    damaged = {
        "lr": LR,
        "a": {"type": "float", "low": 2, "high": 1},
        "b": {"type": "what"},
        "c": {"type": "choice", "choices": [1, 2], "when": {"a": 3}},
        "d": {"type": "int", "low": "x", "high": []},
        "e": [1, 2],
        "constraints": ["lr <", 7, "nobody < 1"],
    }

    assert recorded_space(damaged) == Space({"lr": Float(0.01, 1), "e": Choice([1, 2])})
    assert recorded_space({"constraints": "lr < 1"}) == Space({})
