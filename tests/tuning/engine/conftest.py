"""Tasks for workers that run without Ray."""

from tests.trainable.conftest import (  # noqa: F401  # fixtures
    counting_task,
    task_file,
    tiny_data,
    tiny_file,
    tiny_task,
)
