"""What the batch before the first trial measures: sizes, times, and what memory has no room for."""

import pytest

from tests.trainable.conftest import LINEAR
from trainable import metrics
from trainable.errors import OutOfMemoryError
from trainable.preflight import preflight

OUT_OF_MEMORY_MEASURING = (
    LINEAR
    + """
def loss(outputs, targets):
    if not outputs.requires_grad:
        raise RuntimeError("out of memory")
    return outputs.mean()
"""
)


def test_sizes_and_times_of_a_batch_are_measured(task_file):
    task = task_file(LINEAR).load()

    result = preflight(task, task.load_data(0), {"batch_size": 7}, epochs=1)

    assert result.checkpoint_bytes == 2 * 4 * 4  # four parameters, each with its momentum
    assert result.epoch_seconds > 0
    assert result.device == "cpu"


def test_a_stream_has_no_length_to_forecast_with(task_file):
    source = (
        LINEAR
        + """
class Stream(torch.utils.data.IterableDataset):
    def __iter__(self):
        yield from zip(torch.zeros(40, 3), torch.zeros(40, 1))
def data():
    return Stream(), Stream()
"""
    )
    task = task_file(source).load()

    result = preflight(task, task.load_data(0), {}, epochs=1)

    assert result.epoch_seconds is None
    assert result.num_examples == (None, None, None)


def test_a_batch_too_large_for_memory_is_halved_until_it_fits(task_file):
    source = (
        LINEAR
        + """
class Hungry(nn.Linear):
    def forward(self, inputs):
        if len(inputs) > 6 and self.training:
            torch.empty(2**58, dtype=torch.uint8)
        return super().forward(inputs)
def model(config):
    return Hungry(3, 1)
"""
    )
    task = task_file(source).load()

    assert preflight(task, task.load_data(0), {"batch_size": 16}, epochs=1).batch_size == 4


def test_outputs_too_large_to_hold_are_refused_before_the_first_trial(task_file, monkeypatch):
    monkeypatch.setattr(metrics, "MOST_BYTES", 30)
    task = task_file(LINEAR + "def metrics(o, t): return {'one': 1}\n").load()

    with pytest.raises(ValueError, match="more than the 0 GiB that are held"):
        preflight(task, task.load_data(0), {}, epochs=1)


def test_memory_that_runs_out_while_measuring_blames_no_training_batch(task_file):
    """Validation has batches of one size whatever is searched: halving those of training is of no
    use."""
    source = """
def collate(examples):
    return tuple(map(torch.stack, zip(*examples)))
"""
    task = task_file(OUT_OF_MEMORY_MEASURING + source).load()

    with pytest.raises(OutOfMemoryError, match="out of memory measuring at batch size 32"):
        preflight(task, task.load_data(0), {"batch_size": 4}, epochs=1)


def test_the_size_of_a_batch_in_memory_is_named_as_it_is(task_file):
    task = task_file(OUT_OF_MEMORY_MEASURING).load()

    with pytest.raises(OutOfMemoryError, match="out of memory measuring at batch size 4096"):
        preflight(task, task.load_data(0), {"batch_size": 4}, epochs=1)
