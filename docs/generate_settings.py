"""Write docs/settings.md from the keys that the settings file may have.

    python docs/generate_settings.py

A test compares the page with `settings_page()`, so it cannot fall behind.
"""

from pathlib import Path

from masking.runtime.settings_keys import KEYS, TOP, SettingsKey

PAGE = Path(__file__).with_name("settings.md")
INTRODUCTION = """# Settings

One file, `masking.toml`, says what a dashboard offers and what its visitors may do. It lies in the folder where the
dashboard is started, or `MASKING_SETTINGS` names it. The command line reads it, too. It is read again when it
changes; `jobs` and `jobs_per_visitor` count from the next start.

A file that is not valid closes the dashboard: every page shows one sentence that names the key and the remedy, and a
command that needs the file ends with exit code 2. The same holds for a file that is named and missing, and for one that
disappears while the dashboard runs. Unknown keys are refused.

Paths are relative to the file, absolute, or begin with `~`. [Your own models and data](own-models.md#a-settings-file)
says how to add networks and data sets, and [Hosting](hosting.md) how to run a server. This page is generated:
`python docs/generate_settings.py`.

```toml
public = true

[limits]
images_per_run = 500
queued_runs_per_visitor = 1

[[data]]
name = "Pets"
source = "folder"
path = "pets"
```
"""
PUBLIC = """## What `public = true` changes

| | a dashboard of your own | a public server |
| --- | --- | --- |
| data sets | any path, or below `data_folders` | rendered scenes and those that the file names |
| classifiers | all, downloads too | bundled ones, those that the file names, torchvision's that are here |
| weights and lists of classes | uploads, and files below the weights folder | none from visitors |
| plugins | as the command line named them | none |
| images of one block | 4,096 | 64 |
| limits | as below | lower, see below |
| sentences about files | name their paths | name the files only |
| uploads | the oldest make room | a visitor's own make room, then what nobody has used for a day |
"""
TITLES = {
    TOP: ("Above all sections", ""),
    "limits": (
        "`[limits]`",
        "What one visitor, and all visitors together, may take of the machine.",
    ),
    "weights": ("`[weights]`", ""),
    "lessons": ("`[lessons]`", ""),
    "classifier": ("`[[classifier]]`", "May stand several times, once for each classifier."),
    "data": (
        "`[[data]]`",
        "May stand several times, once for each data set. The kinds of sources and their settings stand in "
        "[Your own models and data](own-models.md#data-sets).",
    ),
}


def settings_page() -> str:
    """Return the whole page as Markdown."""
    sections = [_section(name, keys) for name, keys in KEYS.items()]
    return "\n".join([INTRODUCTION, PUBLIC, *sections])


def _section(name: str, keys: tuple[SettingsKey, ...]) -> str:
    title, words = TITLES[name]
    head = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    rows = [f"| `{key.name}` | {key.form} | {key.default} | {key.meaning} |" for key in keys]
    return "\n".join([f"## {title}", "", *([words, ""] if words else []), *head, *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(settings_page(), "utf-8")
