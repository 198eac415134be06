"""Data: the table, its columns, and checks of both."""
