import pandas as pd

from results import load, write_frames


def test_frames_come_back_from_the_files_as_they_were(script):
    written = script()
    written.trial("s00000", {"lr": 0.1, "widths": [8, 8], "mode": "a", "odd": 1}, [2.0, 1.0])
    written.trial("s00001", {"lr": 0.2, "widths": [4], "mode": "b", "odd": "x"}, [None])
    run = load(written.directory)

    write_frames(run)

    trials = pd.read_parquet(run.path / "trials.parquet")
    assert list(trials) == list(run.trials)
    assert trials["config/widths"].tolist() == ["[8, 8]", "[4]"]
    assert trials["val_loss"].isna().tolist() == [False, True]
    assert len(pd.read_csv(run.path / "trials.csv")) == 2
    pd.testing.assert_frame_equal(
        pd.read_parquet(run.path / "epochs.parquet"), run.epochs, check_dtype=False
    )


def test_no_temporary_file_is_left_behind(script):
    written = script()
    written.trial("s00000", {"lr": 0.1}, [1.0])

    paths = write_frames(load(written.directory))

    names = {path.name for path in written.directory.iterdir()}
    assert names == {"run.toml", "epochs.jsonl", *(path.name for path in paths)}
