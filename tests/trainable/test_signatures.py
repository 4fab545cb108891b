"""The functions of a task that could not be called as we call them, refused from its text."""

import pytest

from trainable.task import TaskFile

CONTRACT = "def data(): ...\ndef model(config): ...\n"


@pytest.fixture
def find(tmp_path):
    """Finds a task of some source."""
    return lambda source: TaskFile("my_task", tmp_path / "my_task.py", source)


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("def model(): ...", "model must be model(config), got model()"),
        ("def model(config, width): ...", "model must be model(config), got model(config, width)"),
        ("def loss(model, batch, weight, step): ...", "loss must be loss(outputs, targets), got"),
        ("def loss(outputs): ...", "loss must be loss(outputs, targets), got loss(outputs)"),
        ("def metrics(prediction): ...", "metrics must be metrics(outputs, targets), got"),
        ("def optimizer(model): ...", "optimizer must be optimizer(model, config), got optimizer("),
        ("def scheduler(o, config, steps): ...", "scheduler must be scheduler(optimizer, config),"),
        ("def scheduler(o, config, *, steps): ...", "got scheduler(o, config, steps)"),
        ("def collate(inputs, targets): ...", "collate must be collate(examples), got collate(inp"),
        ("def data(config): ...", "data is given no config: take nothing, or split; where the"),
        ("def data(batch_size=32): ...", "data is given no batch_size: take nothing, or split"),
        ("async def model(config): ...", "model must be a plain function, model(config), got an a"),
        (
            "optimizer = 'adam'",
            "optimizer must be a function, optimizer(model, config), got 'adam'",
        ),
        ("scheduler: str = 'cosine'", "scheduler must be a function, scheduler(optimizer, config)"),
        *(
            (f"def train({taken}): yield 1", f"train(config, checkpoint=None), got train({taken})")
            for taken in ("model, loader, optimizer, epoch", "", "config, loader")
        ),
        ("def train(config, *, device): yield 1", "got train(config, device): rename it where"),
        ("def train(*, config): yield 1", "got train(config): rename it where it is a part"),
        ("async def train(config): yield 1", "train must be a plain function, train(config), got"),
        ("def train(config): print(3)", "train yields nothing: yield a dict with train_loss and"),
        ("def train(config):\n    def inner():\n        yield 1", "train yields nothing"),
        ("def train(config): return 0.5", "train yields nothing"),
        ("def train(config): return {'val_loss': evaluate()}", "train yields nothing"),
        ("def train(config): return f'loss {evaluate()}'", "train yields nothing"),
    ],
)
def test_what_cannot_be_called_so_is_refused_with_its_line(find, addition, message):
    with pytest.raises(ValueError, match=r"my_task.py line 3: ") as refused:
        find(CONTRACT + addition)

    assert message in str(refused.value)


def test_a_history_that_is_returned_is_no_generator(find):
    history = "    history = {'val_loss': []}\n    history['val_loss'].append(evaluate())\n"

    with pytest.raises(ValueError, match="line 1: train yields nothing: yield a dict with train_"):
        find(f"def train(config):\n{history}    return history")

    find(f"def train(config):\n{history}    epochs = run(history)\n    return epochs")


COLLATE = "def collate(batch):\n    return "
OWN = "class Own:\n    def __getitem__(self, i):\n        return "


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        (COLLATE + "labels, texts, offsets", "collate returns labels first and offsets last"),
        (COLLATE + "label_list, text_list", "so return label_list last"),
        (COLLATE.replace("collate", "collate_batch") + "y, x\nuse(collate_batch)", "return y last"),
        (OWN + "target, image", "__getitem__ returns target first and image last: the last is"),
        (OWN + "y_train, x_train, mask", "so return y_train last"),
    ],
)
def test_targets_that_come_first_are_refused(find, addition, words):
    with pytest.raises(ValueError, match=r"my_task.py line \d+: ") as refused:
        find(CONTRACT + addition)

    assert words in str(refused.value)
    find(addition + "\ndef train(config): yield {}")  # whose own loop knows its order


@pytest.mark.parametrize(
    "returned",
    ["images, labels", "labels, targets", "x, x", "yaw, pitch", "batch", "self.y, self.x", "y, y"],
)
def test_other_orders_are_taken(find, returned):
    find(CONTRACT + COLLATE + returned)
    find(CONTRACT + OWN + returned)


@pytest.mark.parametrize(
    "addition",
    [
        "def data(split): ...",
        "def data(split, root='data'): ...",
        "def model(cfg, width=3): ...",
        "def model(*given): ...",
        "def loss(o, t): ...",
        "def loss(o, t, config): ...",
        "def loss(o, t, weight=None): ...",
        "def metrics(o, t, *, threshold=0.5): ...",
        "@partial(wrap, 3)\ndef metrics(o): ...",
        "loss = None",
        "train = 0.7",
        "train, test = [1, 2], [3]",
        "metrics = {}",
        *(
            f"def train({taken}): yield 1"
            for taken in ("hp", "config, checkpoint", "config, checkpoint=None", "c, d='cpu'", "*a")
        ),
        "def train(config): return epochs_of(config)",
        "def train(config): yield from epochs_of(config)",
    ],
)
def test_what_can_be_called_so_is_taken(find, addition):
    find(CONTRACT + addition)
