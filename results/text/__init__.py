"""Words: the ranking and the answer as people read them."""
