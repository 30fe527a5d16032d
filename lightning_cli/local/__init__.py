"""The embedded offline engine, behind the same protocol as the service."""
