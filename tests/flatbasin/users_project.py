"""A project whose own modules are called like ours, lazily and in circles imported."""

FILES = {
    "my_task.py": '''
        """A task whose own modules are called like ours."""
        import helpers
        from trainable import make_model
        import results
        import tuning.deep as deep

        epochs = 3
        space = {"lr": [0.1, 0.01], "batch_size": [32]}

        def data():
            return helpers.data()

        def model(config):
            from record import WIDTH
            assert results.NAME == "the user's" and deep.SEVEN == 7
            return make_model(WIDTH)
        ''',
    "helpers.py": """
        import results

        def data():
            import torch
            from torch.utils.data import TensorDataset
            assert results.NAME == "the user's"
            inputs = torch.randn(120, 4)
            return TensorDataset(inputs, inputs.sum(1, keepdim=True))
        """,
    "tuning/__init__.py": "from tuning import shared",
    "tuning/shared.py": "ONE = 1",
    "tuning/deep.py": "from . import shared\nfrom tuning.shared import ONE\nSEVEN = 6 + ONE",
    "results.py": 'NAME = "the user\'s"',
    "record.py": "WIDTH = 8",
    "search_spaces.py": "raise RuntimeError('nobody asks for it')",
    "tune_main.py": "raise RuntimeError('nobody asks for it')",
    "trainable.py": '''
        from torch import nn

        class Net(nn.Sequential):
            """A class of the user's."""

        def make_model(width):
            return Net(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 1))
        ''',
}
