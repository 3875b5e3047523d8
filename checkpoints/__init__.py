"""Checkpoints on their way: from a source through DVC into BentoML's model store, pinned and checked at each step.

`files/` beside this module is the repository's own DVC remote with the starters; `profiles.yaml` names other sources.
"""
