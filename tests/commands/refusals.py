"""How the command line refuses."""

from masking.__main__ import BAD_INPUT


def refused_in_one_line(code, out, err, sentence):
    """Check that a command ended with one line on standard error that holds the sentence."""
    assert code == BAD_INPUT == 2
    assert out == ""
    assert err.startswith("missingness: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert sentence in err
    assert "Traceback" not in err
