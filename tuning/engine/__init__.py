"""Everything that is Ray."""
