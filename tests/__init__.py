"""Tests of Flatbasin, in the directories of what they test."""

PATIENCE = 600.0
"""Seconds to wait for anything, however busy the machine: this ends what hangs, and no more."""
