"""What may be tried: dimensions, checks, samplers, and the spaces that ship."""

from search_spaces.catalogue import SpaceSpec, load_space
from search_spaces.dimensions import Choice, Dimension, Float, Function, Int
from search_spaces.ray_domains import to_ray
from search_spaces.samplers import SAMPLERS, configurations
from search_spaces.settings import with_settings
from search_spaces.shipped import SHIPPED_SPACES, ShippedSpace
from search_spaces.space import Space

__all__ = [
    "SAMPLERS",
    "SHIPPED_SPACES",
    "Choice",
    "Dimension",
    "Float",
    "Function",
    "Int",
    "ShippedSpace",
    "Space",
    "SpaceSpec",
    "configurations",
    "load_space",
    "to_ray",
    "with_settings",
]
