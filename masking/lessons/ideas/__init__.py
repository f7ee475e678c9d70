"""The ideas, one file each; `all_ideas` returns them in the order of the lesson."""
