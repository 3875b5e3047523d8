"""What goes wrong with a checkpoint."""


class CheckpointError(Exception):
    """A checkpoint that cannot or must not be loaded; the message names the file."""
