"""Shares of pixels in words: a share that is not all or nothing is never called so."""


def share_text(share: float, digits: int = 1) -> str:
    """Return a share (0 … 1) as a percentage, such as `50.0 %`, or `more than 99.9 %` where rounding would say all."""
    step = 10.0**-digits
    text = f"{100 * share:.{digits}f}"
    if 0 < share < 1 and float(text) >= 100:
        return f"more than {100 - step:.{digits}f} %"
    if 0 < share < 1 and not float(text):
        return f"less than {step:.{digits}f} %"
    return f"{text} %"
