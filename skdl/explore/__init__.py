"""A page on which one sees what happens in the hidden layers of a network."""
