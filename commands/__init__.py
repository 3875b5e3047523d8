"""The command line: what can be done without the service."""
