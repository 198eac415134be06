"""Fixtures of all tests here."""

from helpers.pipeline_files import read, repository

__all__ = ["read", "repository"]
