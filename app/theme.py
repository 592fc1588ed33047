"""The two themes, light and dark: their colours, the palette made of them, and the icons drawn in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

from PySide6.QtCore import QByteArray, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory

ThemeChoice = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Theme:
    """The colours of the program, each ``"#rrggbb"``.

    Parameters
    ----------
    name : {"light", "dark"}
    window, panel : str
        Behind everything; behind lists, fields and panels.
    text, muted : str
        Text; text of less weight. Both are readable on `window`, `panel` and `plot_background`.
    accent : str
        The one colour of what is chosen, focused or current.
    border : str
    plot_background, grid, cursor, reset, batch_border, epoch_border : str
        Of the plots and of the timeline.
    warning, error : str
        Readable as text on `window` and `panel`.
    curves : tuple of str
        Eight colours that stay apart for the colour-blind, on `plot_background`.
    """

    name: str
    window: str
    panel: str
    text: str
    muted: str
    accent: str
    border: str
    plot_background: str
    grid: str
    cursor: str
    reset: str
    batch_border: str
    epoch_border: str
    warning: str
    error: str
    curves: tuple[str, ...]


LIGHT = Theme(
    name="light",
    window="#f3f4f6",
    panel="#ffffff",
    text="#1b1f24",
    muted="#59626d",
    accent="#1a66a8",
    border="#cfd4da",
    plot_background="#ffffff",
    grid="#e3e6ea",
    cursor="#c2185b",
    reset="#bf3f0a",
    batch_border="#98a1ab",
    epoch_border="#454e59",
    warning="#855800",
    error="#b3261e",
    curves=("#122fcd", "#f04000", "#2ea564", "#cf5a96", "#7c2403", "#858bdb", "#52156e", "#3b443c"),
)

# Light, on white: a page has no grey frame.
PRINT = replace(LIGHT, window="#ffffff")

DARK = Theme(
    name="dark",
    window="#1d2126",
    panel="#24292f",
    text="#e6e9ec",
    muted="#a3acb6",
    accent="#5aa9e6",
    border="#3d444d",
    plot_background="#16191d",
    grid="#2c323a",
    cursor="#ff6fa3",
    reset="#ff8f57",
    batch_border="#67717c",
    epoch_border="#b8c1cb",
    warning="#e2ad45",
    error="#ff8078",
    curves=("#4fe8ee", "#c68800", "#d697ff", "#b4f494", "#db4d5d", "#f2f30d", "#8248ff", "#257596"),
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


class ThemeKeeper(QObject):
    """Keeps the application in the chosen theme, or in the one that the system asks for.

    Parameters
    ----------
    application : QApplication
    choice : {"system", "light", "dark"}
    """

    changed = Signal(object)  # the Theme that holds from now on

    def __init__(self, application: QApplication, choice: ThemeChoice = "system") -> None:
        super().__init__(application)
        self._application = application
        # Asked before any palette of our own is set: it is the answer where the system gives none.
        self._fallback = _by_lightness(application.palette())
        self._choice: ThemeChoice = choice
        self._theme: Theme | None = None
        self._is_dressed = False
        application.setStyle(QStyleFactory.create("Fusion"))
        application.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self.set_choice(choice)

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    @property
    def theme(self) -> Theme:
        """The theme in force."""
        assert self._theme is not None
        return self._theme

    def dress(self) -> None:
        """Set the style sheet as well, now and with each theme to come.

        To be called when the window is made, and before it is shown: with a style sheet Qt styles a widget
        anew, and all that is in it, each time it is put into another one.
        """
        self._is_dressed = True
        self._application.setStyleSheet(style_sheet(self.theme))

    def set_choice(self, choice: ThemeChoice) -> None:
        """Take this theme, or follow the system."""
        self._choice = choice
        _force_scheme(choice)
        self._refresh()

    def _on_system_changed(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        theme = THEMES.get(self._choice) or self._of_system()
        if theme is self._theme:
            return
        self._theme = theme
        self._application.setPalette(palette(theme))
        if self._is_dressed:
            self._application.setStyleSheet(style_sheet(theme))
        self.changed.emit(theme)

    def _of_system(self) -> Theme:
        scheme = self._application.styleHints().colorScheme()
        if scheme == Qt.ColorScheme.Unknown:
            return self._fallback
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def _force_scheme(choice: ThemeChoice) -> None:
    """Tell Qt as well, for what it draws itself, such as title bars (from Qt 6.8 on)."""
    hints = QGuiApplication.styleHints()
    if not hasattr(hints, "setColorScheme"):
        return
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    hints.setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))


def _by_lightness(system: QPalette) -> Theme:
    window = system.color(QPalette.ColorRole.Window).lightness()
    return DARK if window < system.color(QPalette.ColorRole.WindowText).lightness() else LIGHT


def palette(theme: Theme) -> QPalette:
    """Make the palette of a theme."""
    role = QPalette.ColorRole
    made = QPalette()
    on_accent = theme.panel if theme.name == "light" else theme.plot_background
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.window,
        role.Text: theme.text,
        role.Button: theme.panel,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.panel,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: mixed(theme.panel, theme.text, 0.02),
        role.Midlight: theme.grid,
        role.Mid: theme.border,
        role.Dark: theme.batch_border,
        role.Shadow: theme.plot_background if theme.name == "dark" else theme.border,
    }
    for which, colour in colours.items():
        made.setColor(which, QColor(colour))
    disabled = QColor(mixed(theme.window, theme.text, 0.42))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, which, disabled)
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return made


def mixed(first: str, second: str, share: float) -> str:
    """Blend two colours; `share` is that of the second, 0 to 1."""
    a, b = QColor(first), QColor(second)
    parts = zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in parts)


def style_sheet(theme: Theme) -> str:
    """Make the style sheet of a theme: what the palette cannot say.

    Fusion draws the outline of fields darker than the window, which nobody can see on a dark one: hence
    the fields are drawn here, every part of them.
    """
    icons = icons_folder().as_posix()
    outline = mixed(theme.panel, theme.text, 0.34)
    faint = mixed(theme.window, theme.text, 0.42)
    bar = mixed(theme.window, theme.text, 0.38)
    hover = mixed(theme.panel, theme.accent, 0.12)
    pressed = mixed(theme.panel, theme.accent, 0.26)
    return f"""
    QMainWindow::separator {{ background: {theme.border}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {theme.accent}; }}
    QToolTip {{ color: {theme.text}; background: {theme.panel}; border: 1px solid {theme.border};
               padding: 3px; }}
    QMenuBar {{ background: {theme.window}; border-bottom: 1px solid {theme.border}; }}
    QMenuBar::item {{ background: transparent; padding: 4px 9px; }}
    QMenuBar::item:selected {{ background: {pressed}; color: {theme.text}; }}
    QToolBar {{ background: {theme.window}; border: none; border-bottom: 1px solid {theme.border};
               spacing: 4px; padding: 3px 6px; }}
    QStatusBar {{ background: {theme.window}; border-top: 1px solid {theme.border}; }}
    QStatusBar::item {{ border: none; }}
    QDockWidget {{ titlebar-close-icon: none; titlebar-normal-icon: none; }}
    QDockWidget::title {{ background: {theme.window}; border-bottom: 1px solid {theme.border};
                         padding: 5px 8px; text-align: left; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 3px; }}
    QToolButton[outlined="true"] {{ border-color: {theme.border}; background: {theme.panel};
                                   min-width: 1.3em; padding: 2px 3px; }}
    QToolButton:hover {{ background: {hover}; border-color: {theme.border}; }}
    QToolButton:pressed, QToolButton:checked {{ background: {pressed}; border-color: {theme.accent}; }}
    QToolButton:focus {{ border-color: {theme.accent}; }}
    QToolButton[outlined="true"]:checked {{ background: {pressed}; border-color: {theme.accent}; }}
    QToolButton[outlined="true"]:focus {{ border-color: {theme.accent}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QPushButton {{ background: {theme.panel}; border: 1px solid {theme.border}; border-radius: 4px;
                  padding: 4px 12px; }}
    QPushButton:hover {{ background: {hover}; border-color: {theme.accent}; }}
    QPushButton:pressed {{ background: {pressed}; }}
    QPushButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:default {{ border-color: {theme.accent}; }}
    QPushButton:disabled {{ color: {faint}; background: {theme.window}; }}
    QPushButton:checked {{ background: {pressed}; border-color: {theme.accent}; }}
    QPushButton[field="true"] {{ text-align: left; padding: 4px 6px; border-color: {outline}; }}
    QPushButton[field="true"]:hover {{ border-color: {theme.muted}; }}
    QPushButton[field="true"]:focus {{ border-color: {theme.accent}; }}
    QPushButton[field="true"]::menu-indicator {{ image: url("{icons}/field_down.svg"); width: 0.8em;
        height: 0.8em; subcontrol-origin: border; subcontrol-position: center right; right: 0.35em; }}
    QPushButton[compact="true"] {{ padding: 2px 8px; }}
    QAbstractSpinBox, QComboBox, QLineEdit {{
        background: {theme.panel}; color: {theme.text}; padding: 2px 4px;
        border: 1px solid {outline}; border-radius: 4px; selection-background-color: {theme.accent}; }}
    QAbstractSpinBox:hover, QComboBox:hover, QLineEdit:hover {{ border-color: {theme.muted}; }}
    QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on, QLineEdit:focus {{ border-color: {theme.accent}; }}
    QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:disabled {{
        color: {faint}; background: {theme.window}; border-color: {theme.border}; }}
    QAbstractSpinBox[refused="true"] {{ border: 2px solid {theme.error}; padding: 1px 3px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        subcontrol-origin: border; width: 1.2em; border: none;
    }}
    QAbstractSpinBox::up-button {{ subcontrol-position: top right; margin: 1px 1px 0 0; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; margin: 0 1px 1px 0; }}
    QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{
        background: {pressed}; border-radius: 3px;
    }}
    QAbstractSpinBox::up-arrow {{ image: url("{icons}/field_up.svg"); width: 0.7em; height: 0.7em; }}
    QAbstractSpinBox::down-arrow {{ image: url("{icons}/field_down.svg"); width: 0.7em; height: 0.7em; }}
    QComboBox::drop-down {{ subcontrol-origin: border; subcontrol-position: right; width: 1.5em;
                           border: none; }}
    QComboBox::down-arrow {{ image: url("{icons}/field_down.svg"); width: 0.8em; height: 0.8em; }}
    QComboBox QAbstractItemView {{ border: 1px solid {theme.border}; background: {theme.panel};
        selection-background-color: {pressed}; selection-color: {theme.text}; outline: none; }}
    QCheckBox {{ spacing: 0.5em; padding: 2px; border: 1px solid transparent; border-radius: 4px; }}
    QCheckBox:focus {{ border-color: {theme.accent}; }}
    QCheckBox::indicator {{ width: 1.1em; height: 1.1em; border: 1px solid {outline}; border-radius: 3px;
                           background: {theme.panel}; }}
    QCheckBox::indicator:hover {{ border-color: {theme.accent}; }}
    QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent};
                                   image: url("{icons}/tick_{theme.name}.svg"); }}
    QCheckBox::indicator:disabled {{ background: {theme.window}; border-color: {theme.border}; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {theme.border}; }}
    QSlider::sub-page:horizontal {{ border-radius: 2px; background: {theme.accent}; }}
    QSlider::handle:horizontal {{ width: 10px; height: 10px; margin: -5px 0; border-radius: 7px;
                                 background: {theme.panel}; border: 2px solid {theme.accent}; }}
    QSlider::handle:horizontal:hover {{ background: {pressed}; }}
    QSlider::handle:horizontal:focus {{ border-color: {theme.text}; }}
    QHeaderView::section {{ background: {theme.window}; color: {theme.muted}; border: none;
                           border-bottom: 1px solid {theme.border}; padding: 3px 6px; }}
    QTreeView, QTableView, QListView, QPlainTextEdit, QTextBrowser {{
        background: {theme.panel}; border: 1px solid {theme.border}; }}
    QTreeView::item {{ padding: 1px 0; }}
    QScrollBar {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ width: 11px; }}
    QScrollBar:horizontal {{ height: 11px; }}
    QScrollBar::handle {{ background: {bar}; border-radius: 3px; }}
    QScrollBar::handle:vertical {{ margin: 1px 2px 1px 3px; min-height: 2em; }}
    QScrollBar::handle:horizontal {{ margin: 3px 1px 2px 1px; min-width: 2em; }}
    QScrollBar::handle:hover, QScrollBar::handle:pressed {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {theme.border}; }}
    QTabBar {{ background: {theme.window}; }}
    QTabBar::tab {{ color: {theme.muted}; background: transparent; border: none;
                   border-bottom: 2px solid transparent; padding: 5px 14px; }}
    QTabBar::tab:hover {{ color: {theme.text}; }}
    QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; }}
    QTabBar::tab:focus {{ background: {hover}; }}
    QLabel[role="muted"] {{ color: {theme.muted}; }}
    QLabel[role="error"] {{ color: {theme.error}; }}
    QLabel[role="warning"] {{ color: {theme.warning}; }}
    QLabel[role="heading"] {{ font-weight: 600; }}
    QFrame[role="line"] {{ background: {theme.border}; border: none; }}
    QFrame[notice="preview"] {{ background: {mixed(theme.panel, theme.accent, 0.12)};
        border: 1px solid {theme.accent}; border-radius: 5px; }}
    QFrame[notice="info"] {{ background: {mixed(theme.panel, theme.accent, 0.12)};
                            border: none; border-bottom: 1px solid {theme.accent}; }}
    QFrame[notice="warning"] {{ background: {mixed(theme.panel, theme.warning, 0.14)};
                               border: none; border-bottom: 1px solid {theme.warning}; }}
    QFrame[notice="error"] {{ background: {mixed(theme.panel, theme.error, 0.12)};
                             border: none; border-bottom: 1px solid {theme.error}; }}
    """


# -- icons ------------------------------------------------------------------------------------------


def icons_folder() -> Path:
    """Return the folder of the icons, in an installed package or in a checkout."""
    import lstm_viz

    root = Path(lstm_viz.__file__).parent
    for folder in (root / "resources" / "icons", root.parent / "resources" / "icons"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"The icons are missing beside {root}. Install the program again.")


@cache
def _svg(name: str) -> str:
    return (icons_folder() / f"{name}.svg").read_text(encoding="utf-8")


def icon(name: str, theme: Theme, name_on: str | None = None, colour: str | None = None) -> QIcon:
    """Return an icon in the colours of a theme.

    Parameters
    ----------
    name : str
        Of a file in ``resources/icons``; its ``currentColor`` becomes the theme's text colour.
    theme : Theme
    name_on : str, optional
        Icon of the checked state.
    colour : str, optional
        Another colour than that of the text.
    """
    disabled = mixed(theme.window, theme.text, 0.35)
    return QIcon(_DrawnWhenSeen(name, name_on or name, colour or theme.text, disabled))


class _DrawnWhenSeen(QIconEngine):
    """Draws an icon when it is seen first, in the very size that is asked for.

    Most icons are in menus, which nobody has opened yet when the window is shown.
    """

    # Qt does not keep alive what clone() returns. It asks where a copy of an icon is added to: nowhere here.
    _copies: ClassVar[list[QIconEngine]] = []

    def __init__(self, name: str, name_on: str, colour: str, disabled: str) -> None:
        super().__init__()
        self._given = name, name_on, colour, disabled
        self._drawn: dict[tuple[int, int, QIcon.Mode, QIcon.State], QPixmap] = {}

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        name, name_on, colour, disabled = self._given
        svg = _svg(name_on if state == QIcon.State.On else name)
        svg = svg.replace("currentColor", disabled if mode == QIcon.Mode.Disabled else colour)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        key = size.width(), size.height(), mode, state
        if key not in self._drawn:
            drawn = QPixmap(size)
            drawn.fill(Qt.GlobalColor.transparent)
            with QPainter(drawn) as painter:
                self.paint(painter, drawn.rect(), mode, state)
            self._drawn[key] = drawn
        return self._drawn[key]

    def availableSizes(self, mode: QIcon.Mode, state: QIcon.State) -> list[QSize]:
        return [QSize(size, size) for size in (16, 20, 24, 32, 48)]  # for menus that ask which there are

    def clone(self) -> QIconEngine:
        copy = _DrawnWhenSeen(*self._given)
        self._copies.append(copy)
        return copy
