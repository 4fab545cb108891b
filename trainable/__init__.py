"""One trial: what is trained and how.

Importing this package loads neither Ray nor torch.
"""
