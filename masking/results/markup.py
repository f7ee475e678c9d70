"""Text in markup: escaped, in one line, and without the characters that XML does not allow."""

import re
from html import escape

from masking.results.lettering import in_one_line

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean_text(text: str) -> str:
    """Return a text in one line without the characters that XML does not allow."""
    return _NOT_IN_XML.sub("", in_one_line(text))


def markup_text(text: str) -> str:
    """Return a text as it stands between tags or in quotes, in SVG and HTML."""
    return escape(clean_text(text))
