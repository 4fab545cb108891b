import subprocess
import sys

import pytest

from search_spaces import SHIPPED_SPACES, Float, Space, load_space

FILE = """\
batch_size = [16, 32]
constraints = ["batch_size * lr <= 20"]

# The range of the paper.
[lr]
type = "float"
low = 1e-4
high = 1.0
log = true
"""


@pytest.fixture
def space_file(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(FILE)
    return path


def test_a_space_comes_from_a_name_a_file_a_dict_or_itself(space_file):
    assert load_space("lr-batch").dimensions["lr"] == Float(1e-4, 1, log=True)
    assert list(load_space(str(space_file)).dimensions) == ["batch_size", "lr"]
    assert load_space(space_file) == load_space(str(space_file))
    assert load_space({"lr": 0.1}) == Space.from_dict({"lr": 0.1})
    assert load_space(load_space("lr-batch")) == load_space("lr-batch")


def test_functions_come_from_the_task_when_a_run_is_made_again():
    written = {"lr": 0.1, "decay": lambda config: config["lr"] / 2}
    stored = load_space(written).to_dict()

    assert load_space(stored, functions=written).configuration({})["decay"] == 0.05


def test_a_byte_order_mark_does_not_matter(space_file):
    space_file.write_text(FILE, encoding="utf-8-sig")

    assert load_space(space_file).dimensions["lr"] == Float(1e-4, 1, log=True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low = 1e-4", "low = 2", r'space "lr": low must be below .*space.toml, line 5\)$'),
        ("low =", "lwo =", r'space "lr": unknown key "lwo": did you mean low\?.* line 5\)$'),
        ("[16, 32]", "[16, 16]", r'space "batch_size": choices must differ.* line 1\)$'),
        ("size * lr", "size * lrr", r'size \* lrr <= 20": "lrr" .* mean lr\? .* line 2\)$'),
        ("1.0", "", r"space file .*space.toml' is not TOML: Invalid value \(at line 8"),
        ("1e-4", "9" * 5000, "is not TOML: Exceeds the limit"),
        ("1.0", "[" * 5000, "is not TOML: "),
    ],
)
def test_an_error_in_a_file_names_the_line(space_file, old, new, message):
    space_file.write_text(FILE.replace(old, new))

    with pytest.raises(ValueError, match=message):
        load_space(space_file)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b"optimizer = '\xe4'")

    with pytest.raises(ValueError, match=r"missing.toml' cannot be read: No such file"):
        load_space(str(tmp_path / "missing.toml"))
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        load_space(tmp_path)
    with pytest.raises(ValueError, match="cannot be read: 'utf-8' codec"):
        load_space(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("lr-bacth", 'unknown space "lr-bacth": did you mean lr-batch?'),
        ("", 'unknown space "": use lr-batch, optimizer'),
        (None, "space must be a dict of names and what may be tried, got None: write"),
        (["lr"], r"space: space must be a dict .* got \['lr'\]: write {\"lr\": \[0.01, 0.1\]"),
    ],
)
def test_an_unknown_space_is_refused_with_what_there_is(spec, message):
    with pytest.raises(ValueError, match=message):
        load_space(spec)


def test_loading_a_space_imports_nothing_heavy():
    code = (
        "import sys, search_spaces; search_spaces.load_space('optimizer').describe();"
        "print(sorted({'ray', 'torch', 'scipy', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_every_shipped_space_says_its_name_in_errors():
    for name in SHIPPED_SPACES:
        assert load_space(name).source.name == f"shipped space {name}"
