from search_spaces.source import Source

TEXT = """\
lr = 0.1
[momentum]
low = 0
log = true
[ "batch_size" ]
[log]
[net.depth]
"""


def _place(name: str) -> str:
    return str(Source("a.toml", TEXT).error(name, "is wrong"))


def test_an_error_points_at_the_line_of_the_key_or_table():
    assert _place("lr") == 'space "lr": is wrong (a.toml, line 1)'
    assert _place("batch_size").endswith("(a.toml, line 5)")
    assert _place("net").endswith("(a.toml, line 7)")


def test_a_table_header_wins_over_a_key_of_the_same_name():
    assert _place("log").endswith("(a.toml, line 6)")


def test_without_a_line_only_the_file_is_named():
    assert _place("nowhere").endswith("(a.toml)")
