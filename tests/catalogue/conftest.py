"""Fixtures of all tests here."""

from helpers.pipeline_files import read

__all__ = ["read"]
