"""The rows: one module each, with a function ``measure`` that yields lines of the table."""
