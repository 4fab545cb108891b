"""A task of functions or a class, of a notebook or a script: written out as a file."""
