"""Bits of a few answers: how much an answer says, from how many of a handful are right.

`leaked_bits` compares all pairs of true and named class, so it needs hundreds of answers. From five answers about five
different objects it learns nothing: each of them could as well be a code word, and it reports 0 bits for five right
answers. A handful of answers can still be counted as right or wrong. If an answer out of K is right with probability
p and all wrong ones are equally likely, it carries

    log2 K − H(p) − (1 − p) · log2 (K − 1)   bits,   H(p) = −p log2 p − (1 − p) log2 (1 − p)

(Wolpaw et al. 1998, IEEE Trans. Rehabil. Eng. 6:326). Where the wrong answers are not equally likely, it carries more:
by Fano's inequality, the formula is the least that p allows if the classes are equally frequent. It grows with p from
chance, 1 / K, on; below chance it is 0 here, because wrong answers say nothing to somebody who believes them.

The interval is that of p, exact for any number of answers (Clopper & Pearson 1934, Biometrika 26:404), carried through
the formula.
"""

import math
from typing import Any

from scipy.special import betaincinv

from masking.measures.estimate import CONFIDENCE, Estimate

_quantile: Any = betaincinv


def answer_bits(right: int, answers: int, classes: int, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the bits of an answer from how many of a few answers are right.

    Args:
        right: number of right answers.
        answers: number of answers.
        classes: number of classes to choose from, all equally frequent.
        confidence: confidence level of the interval, 0 … 1.

    Raises:
        ValueError: fewer than one answer or two classes, or more right answers than answers.
    """
    if answers < 1 or not 0 <= right <= answers or classes < 2:
        raise ValueError(
            f"{right} right of {answers} answers among {classes} classes carry no bits; "
            "count 1 answer or more, no more right ones, and 2 classes or more"
        )
    tail = (1 - confidence) / 2
    low = float(_quantile(right, answers - right + 1, tail)) if right else 0.0
    high = float(_quantile(right + 1, answers - right, 1 - tail)) if right < answers else 1.0
    value, low, high = (_information(share, classes) for share in (right / answers, low, high))
    return Estimate(value, low, high)


def _information(share: float, classes: int) -> float:
    """Compute the bits of an answer that is right with this probability, and otherwise any other one."""
    if share <= 1 / classes:
        return 0.0
    wrong = 1 - share
    lost = -share * math.log2(share) + (wrong * (math.log2(classes - 1) - math.log2(wrong)) if wrong > 0 else 0.0)
    return math.log2(classes) - lost
