"""Make the stored facts of the lesson in assets/lessons/stored.

    python docs/make_lesson.py facts            all ideas
    python docs/make_lesson.py facts hiding     one of them

A test computes the facts again and compares them.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from masking.lessons import IDEAS, all_ideas
from masking.lessons.stored import store


def main() -> None:
    """Store the facts of the named ideas, or of all."""
    parser = argparse.ArgumentParser(description="Make the stored facts of the lesson.")
    parser.add_argument("what", choices=["facts"])
    parser.add_argument("names", nargs="*", help="which ideas; all by default")
    options = parser.parse_args()
    for name in options.names or [idea.name for idea in all_ideas()]:
        print(store(IDEAS[name]))


if __name__ == "__main__":
    main()
