"""Checkpoints on their way: from a source through DVC into BentoML's model store, pinned and checked at each step.

`files/` beside this module is the repository's own DVC remote with the starters (of the text one, the adapter);
`profiles.yaml` names other sources.
"""
