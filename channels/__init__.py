"""Where listings are published: the rules of each channel as data, and what a text breaks of them.

`python -m channels` lists them; `python -m channels CHANNEL FIELD TEXT` checks a text.
"""
