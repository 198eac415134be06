"""Errors: where the best models err, out of fold."""
