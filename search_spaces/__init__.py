"""What may be tried: dimensions, checks, samplers, the spaces that ship."""

from search_spaces.catalogue import SpaceSpec, load_space
from search_spaces.dimensions import Choice, Dimension, Function, Searched
from search_spaces.history import Earlier, History
from search_spaces.ranges import Float, Int
from search_spaces.recorded import recorded_space
from search_spaces.samplers import SAMPLERS, configurations, draws
from search_spaces.set_option import choices_setting, setting_of, with_settings
from search_spaces.shipped import SHIPPED_SPACES, ShippedSpace
from search_spaces.space import Config, Space
from search_spaces.widening import further, widened

__all__ = [
    "SAMPLERS",
    "SHIPPED_SPACES",
    "Choice",
    "Config",
    "Dimension",
    "Earlier",
    "Float",
    "Function",
    "History",
    "Int",
    "Searched",
    "ShippedSpace",
    "Space",
    "SpaceSpec",
    "choices_setting",
    "configurations",
    "draws",
    "further",
    "load_space",
    "recorded_space",
    "setting_of",
    "widened",
    "with_settings",
]
