"""What makes the completion table, the man page and the page of reference from the commands; not in the wheel."""
