"""What a run is going to do, before anything runs."""

import pytest

from tuning.options import make_options
from tuning.plan import RunPlan, run_settings


def test_a_searcher_whose_package_is_missing_names_the_way_to_install_it(monkeypatch):
    monkeypatch.setattr("tuning.option_rules.find_spec", lambda name: None)

    with pytest.raises(ValueError, match=r"tpe needs optuna: pip install 'flatbasin\[optuna\]'"):
        RunPlan.make(make_options({"searcher": "tpe"}))


def test_until_sure_needs_a_search_that_learns():
    with pytest.raises(ValueError, match="leave out --searcher sobol, or --until-sure"):
        RunPlan.make(make_options({"searcher": "sobol", "until_sure": True}))


def test_a_space_changed_by_set_no_longer_goes_by_its_name():
    plain = run_settings(RunPlan.make(make_options({"samples": 2})))
    changed = run_settings(RunPlan.make(make_options({"samples": 2, "set": ("lr=0.1..1",)})))

    assert plain["options"]["space"] == "lr-batch"
    assert "space" not in changed["options"]
    assert changed["space"]["lr"]["low"] == 0.1
