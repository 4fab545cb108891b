"""The ranking, the answer and the lines above it as plain text."""
