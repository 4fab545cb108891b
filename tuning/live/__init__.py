"""The live view of a search."""
