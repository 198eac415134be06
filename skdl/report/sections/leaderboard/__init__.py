"""Leaderboard: every model with its scores, its standing and its costs."""
