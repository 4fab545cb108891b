from search_spaces.messages import one_line, quoted, shown, suggestion


def test_a_long_value_is_cut_and_keeps_both_its_ends():
    assert shown("a" * 10_000 + "z") == "'" + "a" * 26 + " ... " + "a" * 25 + "z'"


def test_control_characters_are_escaped():
    assert quoted("l\x1b[31mr") == '"l\\x1b[31mr"'
    assert one_line("a\nb\x1b[0m") == "a b\\x1b[0m"


def test_an_integer_too_long_to_print_is_shown_by_its_size():
    assert shown(10**5000) == "an integer of 16610 bits"


def test_a_near_miss_is_suggested_and_a_far_one_is_not():
    assert suggestion("lwo", ["low", "high"]) == "did you mean low? "
    assert suggestion("choices", ["low", "high"]) == ""
