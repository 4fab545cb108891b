"""Tests of tasks that are written out."""
