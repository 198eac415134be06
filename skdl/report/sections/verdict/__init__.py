"""The verdict section of the report: its values, text, pictures and templates."""
