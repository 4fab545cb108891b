"""What counts as lost."""

from fault_tally import Tally


def test_a_tally_with_any_loss_is_not_clean():
    assert Tally(kills=3).is_clean
    assert not Tally(kills=3, epochs_lost=1).is_clean
    assert not Tally(kills=3, searches_aborted=1).is_clean
    assert not (Tally(kills=3) + Tally(curves_changed=1)).is_clean
