"""The user's settings: the configuration file and the API key.

    config.toml ──► config_file ──► values for options          places ──► keys ──► Key
                                                                key_store, key_programs ──┘

``config_file`` parses, checks names and types and finds a value by profile and command; ``keys`` looks for the key in
its places, in their order; ``key_store`` stores and removes it; ``key_programs`` runs a key command or the keyring.
"""
