"""Recordings: a run is stored as JSON Lines, and replayed without the service.

A run's requests and answers come in through ``record``, which sits in front of the transport and writes the file;
``recording_file`` reads and checks it; ``replay`` takes the transport's place and answers from what was read.
"""
