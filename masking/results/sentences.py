"""Results in plain sentences."""

from masking.masks.shares import share_text

NOTHING_LEFT = "Nothing is left for the network to see: any picture would get this answer."
"""What stands beside an answer to a picture that a method has hidden completely."""


def join_names(names: list[str]) -> str:
    """Join names for a sentence: `a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def entropy_text(bits: float, limit: float) -> str:
    """Return a predictive entropy with its largest possible value, such as `0.65 of 4 bits`."""
    return f"{abs(bits) if abs(bits) < 0.005 else bits:.2f} of {limit:.3g} bits"


def percent_text(share: float) -> str:
    """Return a share (0 … 1) as a short percentage: `71.9 %`, or `< 0.1 %` where rounding would say none."""
    return share_text(share).replace("less than", "<").replace("more than", ">")
