"""Examples train with one thread, as a worker does."""

from tests.trainable.conftest import one_thread  # noqa: F401  # a fixture
