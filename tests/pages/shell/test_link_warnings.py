"""What a link asked for in vain, as a warning says it."""

from pages.shell.link_warnings import LONGEST, quote


def test_values_are_quoted_as_they_are_and_never_markdown():
    assert quote("a", "it's") == """'a', "it's\""""
    assert quote("![x](http://evil)") == r"'!\[x\](http://evil)'"
    assert quote("two\nlines") == r"'two\\nlines'"


def test_a_link_with_endless_values_gives_a_short_warning():
    assert len(quote("9" * 50_000)) == LONGEST
    assert quote(*map(str, range(5_000))).endswith("'9', …")
