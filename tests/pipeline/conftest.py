"""Fixtures of all tests here."""

from helpers.pipeline_files import pipeline, read

__all__ = ["pipeline", "read"]
