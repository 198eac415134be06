"""Verdict: who leads, what speaks against a winner, and which model to ship."""
