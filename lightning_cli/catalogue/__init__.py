"""The service's catalogue: its voices and pronunciation dictionaries.

Filters, ids and file names come in; ``Voice`` and ``Dictionary`` objects go out. ``voices`` parses answers, holds the
bundled list and filters; ``lookup`` asks the service and keeps the answer for a day; ``dictionaries`` lists, creates
and syncs pronunciation dictionaries.
"""
