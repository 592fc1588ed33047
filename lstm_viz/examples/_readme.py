"""The page that says how good each example is, made from what the scripts measured.

``python -m lstm_viz.examples._readme`` writes it anew.
"""

from __future__ import annotations

from lstm_viz.examples import NAMES, Example, read_example
from lstm_viz.examples._folder import examples_folder

_HEAD = """\
# Examples

Small trained models, each with data to step it over. Each folder was made by the script of its name, for
instance `python -m lstm_viz.examples.next_value`, which draws the data, trains the model and measures it;
training takes a minute or less. Every score below was measured on data that the model was not trained on, and
this page is written by those scripts.
"""


def readme() -> str:
    """Return the page: each example with its score, and those of its alternatives."""
    return "\n".join([_HEAD, *map(_section, (read_example(examples_folder() / name) for name in NAMES))])


def write_readme() -> None:
    """Write the page into the folder of the examples."""
    (examples_folder() / "README.md").write_text(readme(), encoding="utf-8")


def _section(shown: Example) -> str:
    lines = [
        f"## {shown.title}",
        f"`{shown.name}`, {shown.kind}, {shown.parameters:,} weights. {shown.description}",
        f"Score: {shown.score}",
        *(
            f"- **{other.title}** (`{other.name}`). {other.description}\n  Score: {other.score}"
            for other in shown.alternatives
        ),
    ]
    return "\n\n".join(lines) + "\n"


if __name__ == "__main__":
    write_readme()
