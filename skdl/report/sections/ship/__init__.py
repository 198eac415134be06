"""Ship: how to reproduce the comparison and to use the saved model."""
