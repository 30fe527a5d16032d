"""A run kept as JSON Lines, and played again without the service.

``record`` stands in front of the transport and writes; ``recording_file`` reads and checks; ``replay`` answers requests
from what was read.
"""
