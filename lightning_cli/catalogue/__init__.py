"""What the service has: ``voices`` and their filters, ``lookup`` with its cache of a day, ``dictionaries``."""
