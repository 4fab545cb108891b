"""Functions and settings called as other libraries call them, which nothing here would use."""

import pytest

from trainable.catalogue import find_task
from trainable.hooks import hook_of

CONTRACT = "def data(): ...\ndef model(config): ...\n"


@pytest.fixture
def find(tmp_path):
    """Finds a task of some source."""

    def found(source):
        path = tmp_path / "my_task.py"
        path.write_text(source)
        return find_task(str(path))

    return found


@pytest.mark.parametrize(
    ("name", "hook"),
    [
        *(
            ("criterion", "loss"),
            ("loss_fn", "loss"),
            ("lossFn", "loss"),
            ("lossfn", "loss"),
            ("compute_loss", "loss"),
        ),
        *(("collate_fn", "collate"), ("my_collate_fn", "collate"), ("collator", "collate")),
        *(("compute_metrics", "metrics"), ("metric", "metrics"), ("get_metrics_fn", "metrics")),
        *(("configure_optimizers", "optimizer"), ("make_optimizer", "optimizer")),
        *(
            ("optimiser", "optimizer"),
            ("get_lr_scheduler", "scheduler"),
            ("schedular", "scheduler"),
        ),
        *(("forward", "model"), ("build_model", "model"), ("get_network", "model")),
        *(("train_step", "train"), ("fit", "train"), ("training_loop", "train")),
        *(("get_data", "data"), ("load_dataset", "data"), ("train_dataloader", "data")),
        *(("NUM_EPOCHS", "epochs"), ("EPOCHS", "epochs"), ("search_space", "space")),
        *(("accuracy", None), ("plot_losses", None), ("_loss_fn", None), ("main", None)),
        *(("evaluate", None), ("predict", None), ("data_dir", None)),
    ],
)
def test_a_name_of_another_library_stands_for_one_of_ours(name, hook):
    assert hook_of(name) == hook


REFUSED = {
    "def criterion(o, t): ...": "line 3: criterion is not called by anyone: did you mean "
    "loss(outputs, targets)? rename it, call it from there, or remove it",
    "criterion = nn.CrossEntropyLoss()": "line 3: criterion is not used by anyone: did you mean",
    "loss_fn = lambda o, t: 0": "line 3: loss_fn is not used by anyone: did you mean loss(",
    "def compute_metrics(pred): ...": "did you mean metrics(outputs, targets)?",
    "def configure_optimizers(model): ...": "did you mean optimizer(model, config)?",
    "def collate_fn(batch): ...": "did you mean collate(examples)?",
    "def lr_scheduler(opt): ...": "did you mean scheduler(optimizer, config)?",
    "def training_step(model, batch): ...": "did you mean train(config)?",
    "def get_data(): ...": "did you mean data()?",
    "def criterion(o, t): ...\ndef loss(o, t): ...": "line 3: criterion is not called by anyone",
    "def forward(x):\n    return forward(x - 1)": "line 3: forward is not called by anyone",
    "def criterion(): ...\ndef main():\n    criterion()": "line 3: criterion is not called by "
    "anything that a trial runs: did you mean loss(",
    "EPOCHS = 5\nif __name__ == '__main__':\n    main(EPOCHS)": "line 3: EPOCHS is not used by "
    "anything that a trial runs: did you mean epochs?",
    "EPOCHS = 5": "line 3: EPOCHS is not used by anyone: did you mean epochs?",
    "num_epochs: int = 5": "did you mean epochs?",
    "SPACE = {'lr': [0.1]}": "did you mean space?",
    "search_space = dict(lr=[0.1])": "did you mean space?",
    "class Net:\n    def configure_optimizers(self): ...\ndef build(): return Net()\n"
    "net = Net": "line 4: Net.configure_optimizers is not called by anyone: did you mean optimizer",
}


@pytest.mark.parametrize(("addition", "message"), REFUSED.items(), ids=REFUSED)
def test_what_nothing_uses_is_refused_with_what_it_should_be(find, addition, message):
    with pytest.raises(ValueError, match=r"^my_task.py line \d+: ") as refused:
        find(CONTRACT + addition)

    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "addition",
    [
        "def criterion(o, t): ...\ndef loss(o, t):\n    return criterion(o, t)",
        "def criterion(o, t): ...\nloss = criterion",
        "criterion = nn.MSELoss()\nclass Loss:\n    part = criterion\nLoss()",
        "def collate_fn(batch): ...\ndef loaders(): return DataLoader(x, collate_fn=collate_fn)\n"
        "loaders()",
        "def get_data(): ...\ndata = get_data",
        "@register\ndef criterion(o, t): ...",
        "def criterion(o, t): ...\nHOOKS = {'loss': criterion}",
        "def criterion(o, t): ...\nloss = globals()['criterion']",
        "def outer():\n    def criterion(): ...",
        "class Net:\n    def loss_fn(self): ...\n    def forward(self): ...",
        "class N:\n    def training_step(self): ...\ndef loss(o, t):\n    return N.training_step",
        "def fit(): ...\nif __name__ == '__main__':\n    fit()",
        "def get_data(): ...\ndef main():\n    get_data()",
        "EPOCHS = 5\nepochs = EPOCHS",
        "EPOCHS = 5\nepochs = 3\ndef main():\n    fit(EPOCHS)",
        "EPOCHS = 5\nprint(EPOCHS)",
        "def accuracy(o, t): ...",
        "def plot_loss(history): ...",
        "from torch import optim",
        "_criterion = None",
        "loss_fn, criterion = None, None",
    ],
)
def test_what_something_uses_or_is_like_none_of_ours_is_taken(find, addition):
    find(CONTRACT + addition)


def test_a_loop_of_ones_own_calls_its_functions_as_it_likes(find):
    rest = (
        "def criterion(): ...\ndef optimizer_fn(): ...\nclass N:\n    def training_step(s): ...\n"
    )

    find(rest + "def train(config):\n    yield N()")

    with pytest.raises(ValueError, match="EPOCHS is not used by anyone: did you mean epochs"):
        find(rest + "def train(config): yield N()\nEPOCHS = 5")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def data(): ...\ndef get_model(c): ...", r"no model\(config\): did you mean get_model"),
        ("def get_data(): ...\ndef model(c): ...", r"no data\(\): did you mean get_data \(line 1"),
        (
            "def train_cifar(config): ...",
            r"no data\(\): did you mean train_cifar \(line 1\)\? a task",
        ),
        (
            "def data(): ...\nclass Network: ...",
            r"no model\(config\): did you mean Network \(line 2",
        ),
        ("def data(): ...\nclass Net: ...", r"no model\(config\): did you mean Net \(line 2"),
    ],
)
def test_a_function_that_is_missing_may_be_there_under_another_name(find, source, message):
    with pytest.raises(ValueError, match=message):
        find(source)
