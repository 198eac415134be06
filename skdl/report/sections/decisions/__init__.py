"""Decisions: what they cost by the user's own costs, and the threshold that costs least."""
