"""Embeddings: input scales and trained vectors of networks that embed their columns."""
