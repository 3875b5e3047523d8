"""What crosses the walls between rooms: items and results of the runners, briefs, and verdicts on texts.

Nothing of ours is imported here, so that every room may import it.
"""
