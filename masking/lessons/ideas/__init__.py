"""The ideas, one file each; `all_ideas` returns them in the order of the lesson.

hiding.py  1: hiding is how we ask what matters
"""
