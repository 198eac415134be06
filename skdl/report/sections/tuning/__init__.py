"""Tuning: what searches chose, and what became of their inner scores."""
