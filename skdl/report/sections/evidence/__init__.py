"""Evidence: scores by fold, differences to the reference, p-values of all pairs."""
