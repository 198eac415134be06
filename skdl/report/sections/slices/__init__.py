"""Slices: for which rows the verdict holds."""
