"""Use up one core until killed."""

while True:
    pass
