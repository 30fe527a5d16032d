"""The service: session, routes, retry, error mapping, and streams of PCM."""
