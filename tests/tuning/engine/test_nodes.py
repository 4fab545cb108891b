"""What the nodes of a running Ray are asked; many nodes are asked in test_cluster.py."""

import pytest

from tuning.engine import nodes
from tuning.options import OptionError, make_options

pytestmark = pytest.mark.usefixtures("ray_running")


@pytest.mark.parametrize(("cpus", "trials"), [(1, 2), (0.5, 4), (1.5, 1), (2, 1)])
def test_a_node_of_two_cpus_holds_as_many_trials_as_fit(cpus, trials):
    assert nodes.trials_at_a_time(make_options({"cpus_per_trial": cpus})) == trials


def test_what_no_node_has_is_named_with_what_they_have():
    options = make_options({"cpus_per_trial": 3})

    with pytest.raises(OptionError, match="is 3, and no node has 3 CPU: they have 2 CPU") as error:
        nodes.trials_at_a_time(options)

    assert error.value.flag == "--cpus-per-trial"


def test_a_trial_runs_on_one_node_whatever_all_have_together(monkeypatch):
    monkeypatch.setattr("ray.nodes", lambda: [{"Alive": True, "Resources": {"CPU": 1.0}}] * 2)

    with pytest.raises(
        OptionError, match="is 2, and no node has 2 CPU: they have 1 CPU, 1"
    ) as error:
        nodes.trials_at_a_time(make_options({"cpus_per_trial": 2}))

    assert error.value.flag == "--cpus-per-trial"


def test_it_is_full_where_less_is_free_than_a_trial_takes():
    assert not nodes.is_full(make_options({"cpus_per_trial": 2}))
    assert nodes.is_full(make_options({"gpus_per_trial": 1}))


def test_a_directory_that_all_nodes_share_is_left_empty(tmp_path):
    nodes.check_storage(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_node_with_the_same_torch_and_token_is_accepted():
    nodes.check_nodes("auto")
