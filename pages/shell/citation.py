"""How to cite the program, and the papers whose methods it uses; CITATION.cff says the same to other programs."""

import html

PROGRAM = "The Missingness Explorer maintainers (2026). Missingness Explorer, version {version}. Apache-2.0."
PAPERS = {
    "Balasubramanian, S. & Feizi, S. (2023). Towards Improved Input Masking for Convolutional Neural Networks. ICCV.": (
        "https://arxiv.org/abs/2211.14646"
    ),
    "Jain, S., Salman, H., Wong, E., Zhang, P., Vineet, V., Vemprala, S. & Madry, A. (2022). "
    "Missingness Bias in Model Debugging. ICLR.": "",
    "Lee, J.-H. & Chang, J.-H. (2021). Attribution Mask: Filtering Out Irrelevant Features By Recursively Focusing "
    "Attention on Inputs of DNNs.": "",
}
"""Each paper with its address, where CITATION.cff has one."""
VERSION = "0.2.0"


def citation_html() -> str:
    """Return the program and the papers as a list; the links are followed only when somebody opens them."""
    items = [html.escape(PROGRAM.format(version=VERSION))]
    items += [_linked(paper, address) for paper, address in PAPERS.items()]
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _linked(paper: str, address: str) -> str:
    text = html.escape(paper)
    return f"<a href='{html.escape(address)}' target='_blank' rel='noopener'>{text}</a>" if address else text
