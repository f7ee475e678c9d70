"""Write docs/cli.md from the command line's own help.

    python docs/generate_cli.py

The page depends on the declared commands alone: no terminal width, no colours, no versions. A test compares the page
with `command_line_page()`, so it cannot fall behind.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from masking.__main__ import app

PROGRAM = "missingness"
PAGE = Path(__file__).with_name("cli.md")
WORDS = {"Path": "path", "str": "text", "int": "integer", "float": "number"}
INTRODUCTION = f"""# Command line

`{PROGRAM}` does on the command line what the pages do in the browser. `pip install .` brings it; after `make run` it is
`.venv/bin/{PROGRAM}`. `python -m masking` is the same program.

Bad input gives one sentence and exit code 2. A run of `bench` that fails ends with 1, a cancelled one with 3.
`{PROGRAM} COMMAND --help` prints what this page shows. This page is generated: `python docs/generate_cli.py`.
"""


def command_line_page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([INTRODUCTION, *sections(get_command(app), PROGRAM)])


def sections(command: Any, called: str) -> Iterator[str]:
    """Yield one section for each command below `command`, in the order of its help."""
    shown = {name: child for name, child in command.commands.items() if not child.hidden}
    for name, child in shown.items():
        full = f"{called} {name}"
        yield f"## {full}\n"
        yield f"{description(child)}\n"
        if hasattr(child, "commands"):
            yield f"```\n{full} COMMAND …\n```\n"
            yield from sections(child, full)
        else:
            yield f"```\n{usage(child, full)}\n```\n"
            yield f"{parameter_table(child)}\n"


def description(command: Any) -> str:
    """Return a command's help with single line breaks joined."""
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def usage(command: Any, called: str) -> str:
    """Return the line that shows how a command is called."""
    arguments = [f"{name.upper()} …" if many else name.upper() for name, many in positional(command)]
    return " ".join([called, *arguments, "[OPTIONS]"])


def positional(command: Any) -> list[tuple[str, bool]]:
    """Return the names of a command's arguments, and whether each takes several values."""
    return [(one.opts[0], one.nargs == -1) for one in command.params if not one.opts[0].startswith("-")]


def parameter_table(command: Any) -> str:
    """Return arguments and options as a Markdown table."""
    rows = [parameter_row(parameter) for parameter in command.params if parameter.name != "help"]
    if not rows:
        return "It takes no options."
    return "\n".join(["| | value | default | meaning |", "| --- | --- | --- | --- |", *rows])


def parameter_row(parameter: Any) -> str:
    """Return one line of the table; characters that would end a cell are escaped."""
    is_option = parameter.opts[0].startswith("-")
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.opts[0].upper()]
    cells = [
        ", ".join(f"`{name}`" for name in names),
        value_kind(parameter),
        "required" if parameter.required else default_text(parameter),
        " ".join((parameter.help or "").split()),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def value_kind(parameter: Any) -> str:
    """Return what kind of value a parameter takes, in a word or two."""
    annotation = parameter.type_descriptor.annotation
    text = (
        getattr(annotation, "__name__", str(annotation)) if not getattr(annotation, "__args__", ()) else str(annotation)
    )
    if text == "bool":
        return "switch"
    word = next((word for name, word in WORDS.items() if name in text), text)
    return f"{word}, repeatable" if parameter.multiple or parameter.nargs == -1 else word


def default_text(parameter: Any) -> str:
    """Return a parameter's default, or nothing where there is none to speak of."""
    default = parameter.default
    if default is None or default is False or default in ("", [], ()):
        return ""
    return f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(command_line_page(), "utf-8")
