"""Learning curve over rows: scores on parts of the training rows, and what more rows would give."""
