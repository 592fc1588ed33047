"""How Sphinx makes a site of the pages in this folder.

uv run --group docs sphinx-build --fail-on-warning docs build/site
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import lstm_viz

project = "lstm-viz"
version = release = lstm_viz.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"lstm-viz {version}"
html_logo = html_favicon = "../resources/icons/lstm-viz.svg"
html_copy_source = False
# Importing them takes seconds and says nothing of this library.
autodoc_mock_imports = ["keras", "tensorflow"]
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints = "none"  # the docstrings say it in words
napoleon_google_docstring = False
napoleon_use_ivar = True
# A value that a parameter may have, such as "timesteps", is a name elsewhere.
suppress_warnings = ["ref.python"]

_PICTURE = re.compile(
    r'<picture>\s*<source media="[^"]*" srcset="([^"]+)">\s*<img src="([^"]+)" alt="([^"]*)">\s*</picture>'
)


def _as_a_site(app: object, name: str, source: list[str]) -> None:
    """Turn pictures in two themes, as a repository shows them, into those that furo switches; mend links."""
    directive = ":::{{image}} {}\n:alt: {}\n:class: {}\n:::\n\n"

    def in_both(found: re.Match[str]) -> str:
        dark, light, words = found.groups()
        return directive.format(light, words, "only-light") + directive.format(dark, words, "only-dark")

    source[0] = _PICTURE.sub(in_both, source[0]).replace("](../resources/examples/README.md)", "](scores.md)")


def setup(app: object) -> None:
    """Connect what goes beyond settings."""
    app.connect("source-read", _as_a_site)
