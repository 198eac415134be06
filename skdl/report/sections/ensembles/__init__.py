"""Ensembles: what blends and stacks are made of."""
