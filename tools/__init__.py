"""What makes the completion table, the man page and the README's tables from the commands; not in the wheel."""
