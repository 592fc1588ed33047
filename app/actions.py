"""Every command of the program in one table, from which menus, buttons and the help page are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QMenu,
    QMenuBar,
    QTabBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.theme import Theme, icon
from lstm_viz.examples import EXAMPLES


@dataclass(frozen=True)
class ActionSpec:
    """One command.

    Parameters
    ----------
    id : str
        Its receiver's method is ``on_<id>()``, or ``on_<id>(checked)`` for a checkable one.
    text : str
        In the menu.
    menu : str
        ``"Run"``, or ``"View/Theme"`` for a menu within a menu.
    shortcuts : tuple of str
        In Qt's portable form: ``"Ctrl+O"``.
    tip : str
    icon, icon_on : str
        Names of icons; the second one of the checked state.
    checkable : bool
    separated : bool
        A line goes before it in the menu.
    group : str
        One of several of which one is chosen: the receiver's method is then ``on_<group>(value)``.
    exclusive : bool
        The one of the group that was chosen last is marked.
    value : str
    """

    id: str
    text: str
    menu: str
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""
    icon_on: str = ""
    checkable: bool = False
    separated: bool = False
    group: str = ""
    exclusive: bool = True
    value: str = ""


MENUS = ("File", "Run", "View", "Examples", "Help")
OPEN_RECENT = "File/Open recent"
PANELS = "View/Panels"

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open_model",
        "Open model…",
        "File",
        ("Ctrl+O",),
        "Open a saved Keras model (.keras or .h5).",
        "open_model",
    ),
    ActionSpec(
        "open_data",
        "Open data…",
        "File",
        ("Ctrl+D",),
        "Open a series or sequences (.csv, .tsv, .txt, .npy or .npz).",
        "open_data",
    ),
    ActionSpec(
        "open_session",
        "Open session…",
        "File",
        ("Ctrl+Shift+O",),
        "Open model, data and settings again, as they were saved (.lstmviz).",
    ),
    ActionSpec(
        "save_session",
        "Save session…",
        "File",
        ("Ctrl+Shift+S",),
        "Save what is open, how it is run and what you look at as one small file, without the recording.",
        separated=True,
    ),
    ActionSpec(
        "save_recording",
        "Save recording…",
        "File",
        ("Ctrl+S",),
        "Save every gate and state recorded so far as one file.",
        "save",
    ),
    ActionSpec(
        "export",
        "Export…",
        "File",
        ("Ctrl+Shift+E",),
        "Write what is recorded, or part of it, for NumPy, HDF5, xarray, or as a table.",
    ),
    ActionSpec(
        "save_picture",
        "Save picture of window…",
        "File",
        ("Ctrl+Shift+P",),
        "Save the window as it is as a PNG picture.",
        "picture",
    ),
    ActionSpec(
        "save_animation",
        "Save animation…",
        "File",
        (),
        "Save the steps in view as an animation (GIF, APNG, or MP4 with ffmpeg): Gates, or the pinned units.",
    ),
    ActionSpec("quit", "Quit", "File", ("Ctrl+Q",), "Close the program.", separated=True),
    ActionSpec(
        "play",
        "Play",
        "Run",
        ("Space",),
        "Step on at the chosen speed, or pause.",
        "play",
        "pause",
        checkable=True,
    ),
    ActionSpec(
        "step",
        "Step",
        "Run",
        ("Right",),
        "Go one timestep on; past the end of what is recorded it is computed. With Shift: ten.",
        "step",
        separated=True,
    ),
    ActionSpec(
        "back",
        "Back",
        "Run",
        ("Left",),
        "Go one timestep back in what is recorded. With Shift: ten.",
        "back",
    ),
    ActionSpec("step_ten", "Step ×10", "Run", ("Shift+Right",), "Go ten timesteps on.", "step"),
    ActionSpec("back_ten", "Back ×10", "Run", ("Shift+Left",), "Go ten timesteps back.", "back"),
    ActionSpec("first", "First timestep", "Run", ("Home",), "Go to the start of the run.", "first"),
    ActionSpec(
        "last", "Last recorded timestep", "Run", ("End",), "Go to the end of what is recorded.", "last"
    ),
    ActionSpec(
        "reset_here",
        "Reset point here",
        "Run",
        ("R",),
        "Make h and c zero just before the timestep at the cursor, in all rows of the batch.",
        "reset_here",
        separated=True,
    ),
    ActionSpec(
        "reset_row",
        "Reset point here for this row",
        "Run",
        ("Shift+R",),
        "Make h and c zero just before the timestep at the cursor, in the row that is shown alone.",
    ),
    ActionSpec(
        "reset_rows",
        "Choose the rows reset here…",
        "Run",
        ("Ctrl+R",),
        "Say in which rows h and c become zero just before the timestep at the cursor.",
    ),
    ActionSpec(
        "remove_reset",
        "Remove reset point",
        "Run",
        ("Del",),
        "Take away the reset point that is selected, or the one at the cursor.",
        "remove_reset",
    ),
    ActionSpec("undo", "Undo", "Run", ("Ctrl+Z",), "Undo the last change of reset points.", "undo"),
    ActionSpec("redo", "Redo", "Run", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do again what was undone.", "redo"),
    ActionSpec(
        "stateful",
        "Stateful",
        "Run",
        ("S",),
        "Row r starts each batch from the state that it had after the batch before, not from zeros.",
        checkable=True,
        separated=True,
    ),
    ActionSpec(
        "compare_padded",
        "Same run, padded",
        "Run/Compare with",
        (),
        "Run samples of different lengths a second time, over their padding to the longest length.",
        group="compare",
        exclusive=False,
        value="padded",
    ),
    ActionSpec(
        "compare_own_lengths",
        "Each at its own length",
        "Run/Compare with",
        (),
        "Run samples of different lengths a second time, without their padding.",
        group="compare",
        exclusive=False,
        value="own_lengths",
    ),
    ActionSpec(
        "compare_stateless",
        "Same run, stateless",
        "Run/Compare with",
        (),
        "Run the same data a second time, every batch starting from zeros.",
        group="compare",
        exclusive=False,
        value="stateless",
    ),
    ActionSpec(
        "compare_stateful",
        "Same run, stateful",
        "Run/Compare with",
        (),
        "Run the same data a second time, the state carried from batch to batch.",
        group="compare",
        exclusive=False,
        value="stateful",
    ),
    ActionSpec(
        "compare_batch_1",
        "Same run, batch size 1",
        "Run/Compare with",
        (),
        "Run the same data a second time, one sample after the other.",
        group="compare",
        exclusive=False,
        value="batch_1",
    ),
    ActionSpec(
        "compare_no_resets",
        "Same run, no resets",
        "Run/Compare with",
        (),
        "Run the same data a second time without setting the state to zero.",
        group="compare",
        exclusive=False,
        value="no_resets",
    ),
    ActionSpec(
        "compare_model",
        "Another model…",
        "Run/Compare with",
        (),
        "Run the same data through another saved model.",
        group="compare",
        exclusive=False,
        value="model",
    ),
    ActionSpec(
        "compare_row",
        "Change one row's input",
        "Run",
        (),
        "Run the data again with noise on the input of this row, and see that no other row changes.",
        group="compare",
        exclusive=False,
        value="row",
    ),
    ActionSpec(
        "compare_end",
        "End the comparison",
        "Run",
        (),
        "Run nothing beside this run any more.",
        group="compare",
        exclusive=False,
        value="end",
    ),
    ActionSpec(
        "interleave",
        "Interleave the samples",
        "Run",
        (),
        "Let each row of a batch read its own stretch of the samples, so that its state fits its data.",
        checkable=True,
    ),
    ActionSpec(
        "generate",
        "Generate…",
        "Run",
        ("G",),
        "Let the model go on with a sample: each output is its next input.",
        separated=True,
    ),
    ActionSpec(
        "end_generation",
        "Back to the data",
        "Run",
        (),
        "See the run over the data again, after a generated one.",
    ),
    ActionSpec("faster", "Faster", "Run", ("+", "="), "Play faster.", separated=True),
    ActionSpec("slower", "Slower", "Run", ("-",), "Play slower."),
    ActionSpec(
        "follow_cursor",
        "Follow the cursor",
        "View",
        ("F",),
        "Scroll the plots so that the cursor stays in sight.",
        "follow_cursor",
        checkable=True,
    ),
    ActionSpec(
        "endings",
        "What if it ended here",
        "View",
        ("E",),
        "Show what the output would be if the sequence ended at each timestep.",
        checkable=True,
    ),
    ActionSpec(
        "sort_number",
        "By number",
        "View/Sort units",
        ("1",),
        "Units in their own order.",
        checkable=True,
        group="sort",
        value="number",
    ),
    ActionSpec(
        "sort_activity",
        "By activity",
        "View/Sort units",
        ("2",),
        "Units whose state changes most come first.",
        checkable=True,
        group="sort",
        value="activity",
    ),
    ActionSpec(
        "sort_similarity",
        "By similarity",
        "View/Sort units",
        ("3",),
        "Units that behave alike lie side by side.",
        checkable=True,
        group="sort",
        value="similarity",
    ),
    ActionSpec(
        "cell_large",
        "Large cell diagram",
        "View",
        ("C",),
        "Show the Cell panel in a large window of its own, or back in its place.",
        checkable=True,
    ),
    *(
        ActionSpec(
            f"why_{letter}",
            f"Why is {letter} what it is?",
            "View/Explain a gate",
            (),
            f"Show what {words} is made of at the cursor: input, state and bias.",
            group="why",
            exclusive=False,
            value=letter,
        )
        for letter, words in (
            ("f", "the forget gate"),
            ("i", "the input gate"),
            ("g", "the candidate"),
            ("o", "the output gate"),
        )
    ),
    ActionSpec(
        "why_nothing",
        "Explain nothing",
        "View/Explain a gate",
        (),
        "Show no longer what a gate is made of.",
        group="why",
        exclusive=False,
        value="",
    ),
    ActionSpec(
        "theme_system",
        "As the system",
        "View/Theme",
        (),
        "Light or dark, as the system is.",
        checkable=True,
        group="theme",
        value="system",
    ),
    ActionSpec(
        "theme_light",
        "Light",
        "View/Theme",
        (),
        "Always light.",
        checkable=True,
        group="theme",
        value="light",
    ),
    ActionSpec(
        "theme_dark",
        "Dark",
        "View/Theme",
        (),
        "Always dark.",
        checkable=True,
        group="theme",
        value="dark",
    ),
    ActionSpec(
        "reset_layout", "Reset layout", "View", (), "Put every panel back to its first place.", separated=True
    ),
    ActionSpec(
        "gallery",
        "Gallery…",
        "Examples",
        ("Ctrl+E",),
        "All examples, each with a picture and two sentences.",
        "gallery",
    ),
    ActionSpec(
        "tour",
        "Tour of this example",
        "Examples",
        ("Ctrl+T",),
        "A few stops that say what to do with the example that is open, and what is to be seen.",
        "tour",
        checkable=True,
    ),
    ActionSpec("tour_next", "Next stop", "Examples", ("N",), "Go to the next stop of the tour."),
    ActionSpec(
        "tour_back", "Stop before", "Examples", ("Shift+N",), "Go back to the stop of the tour before."
    ),
    *(
        ActionSpec(
            f"example_{shown.name}",
            shown.title,
            "Examples",
            (f"Ctrl+{number}",) if number < 10 else (),
            shown.shows,
            group="example",
            exclusive=False,
            value=shown.name,
            separated=number == 1,
        )
        for number, shown in enumerate(EXAMPLES, 1)
    ),
    *(
        ActionSpec(
            f"example_{other.name}",
            f"{shown.title}: {other.title[:1].lower()}{other.title[1:]}",
            "Examples/Other versions",
            (),
            other.shows,
            group="example",
            exclusive=False,
            value=other.name,
        )
        for shown in EXAMPLES
        for other in shown.alternatives
    ),
    ActionSpec("guide", "What am I seeing?", "Help", ("F1",), "What each part of the window shows.", "help"),
    ActionSpec(
        "shortcuts", "Keyboard shortcuts", "Help", ("?", "Ctrl+?"), "Every command with its keys.", "keyboard"
    ),
    ActionSpec(
        "details_folder",
        "Show the folder of logs",
        "Help",
        (),
        "Open the folder that holds the logs of this run, for a report.",
        "folder",
        separated=True,
    ),
    ActionSpec("about", "About lstm-viz", "Help", (), "Version and licence.", "info"),
)

MOUSE: tuple[tuple[str, str], ...] = (
    ("Go to a timestep", "Click in a plot or on the timeline"),
    ("Move along, and stop following the cursor", "Drag in a plot"),
    ("Zoom in time", "Wheel over a plot"),
    ("See what a gate is made of", "Click on it in the cell diagram or in the equations"),
    ("Pin a unit", "Click on its label or double-click on its row"),
    ("Put a reset point", "Double-click on the timeline"),
    ("Put or change one for some rows", "Right-click in a plot or on the timeline"),
    ("Move a reset point", "Drag it along the timeline"),
    ("Ten timesteps at once", "Shift and click on Step or Back"),
    ("Open a model, data or a session", "Drop the file on the window"),
)


class _Relay(QObject):
    """Calls one method with the value of the action that was triggered, for a whole group of them."""

    def __init__(self, group: QActionGroup, receiver: object, slot: str) -> None:
        super().__init__(group)
        self._receiver = receiver
        self._slot = slot
        group.triggered.connect(self.on_triggered)

    def on_triggered(self, action: QAction) -> None:
        getattr(self._receiver, self._slot)(action.data())


def build_actions(parent: QWidget, receiver: object) -> dict[str, QAction]:
    """Make every action of the table and connect it to its receiver.

    Parameters
    ----------
    parent : QWidget
        The window in which the shortcuts work.
    receiver : object
        Has ``on_<id>()`` for each plain action, ``on_<id>(checked)`` for each checkable one and
        ``on_<group>(value)`` for each group: ``on_sort``, ``on_theme``, ``on_example``.

    Returns
    -------
    dict of str to QAction
        By id, in the order of the table.

    Raises
    ------
    AttributeError
        The receiver lacks a method.
    """
    made: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for spec in ACTIONS:
        action = QAction(spec.text, parent)
        action.setObjectName(f"action_{spec.id}")
        action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
        action.setCheckable(spec.checkable)
        action.setStatusTip(spec.tip)
        keys = shown_keys(spec)
        action.setToolTip(f"{spec.tip} ({keys})" if keys else spec.tip)
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        parent.addAction(action)
        if spec.group:
            if spec.group not in groups:
                groups[spec.group] = _group(parent, spec, receiver)
            action.setData(spec.value)
            groups[spec.group].addAction(action)
        else:
            action.triggered.connect(getattr(receiver, f"on_{spec.id}"))
        made[spec.id] = action
    return made


_ROLES = {"quit": QAction.MenuRole.QuitRole, "about": QAction.MenuRole.AboutRole}


def _group(parent: QWidget, spec: ActionSpec, receiver: object) -> QActionGroup:
    getattr(receiver, f"on_{spec.group}")  # missing: said now, not when the user clicks
    group = QActionGroup(parent)
    policy = QActionGroup.ExclusionPolicy
    group.setExclusionPolicy(policy.Exclusive if spec.exclusive else policy.None_)
    _Relay(group, receiver, f"on_{spec.group}")
    return group


def shown_keys(spec: ActionSpec) -> str:
    """Return the first shortcut as the user's system writes it, or nothing."""
    if not spec.shortcuts:
        return ""
    return QKeySequence(spec.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)


def set_action_icons(actions: Mapping[str, QAction], theme: Theme) -> None:
    """Draw the icons of the actions in the colours of a theme."""
    for spec in ACTIONS:
        if spec.icon and spec.id in actions:
            actions[spec.id].setIcon(icon(spec.icon, theme, spec.icon_on or None))


def fill_menu_bar(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Put every action of the table into its menu.

    Returns
    -------
    dict of str to QMenu
        By path; ``OPEN_RECENT`` and ``PANELS`` are empty, for the window to fill.
    """
    menus: dict[str, QMenu] = {}
    for title in MENUS:
        menus[title] = bar.addMenu(title)
        menus[title].setToolTipsVisible(True)
    for spec in ACTIONS:
        menu = _menu_at(spec.menu, menus)
        if spec.separated:
            menu.addSeparator()
        if spec.id == "reset_layout":
            _menu_at(PANELS, menus)
        menu.addAction(actions[spec.id])
        if spec.id == "open_session":
            _menu_at(OPEN_RECENT, menus)
    return menus


def _menu_at(path: str, menus: dict[str, QMenu]) -> QMenu:
    if path not in menus:
        above, _, title = path.rpartition("/")
        menus[path] = menus[above].addMenu(title)
        menus[path].setToolTipsVisible(True)
    return menus[path]


# -- keys that controls need for themselves ---------------------------------------------------------

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_MOVES = (*_ARROWS, Qt.Key.Key_Home, Qt.Key.Key_End)
_OWN_KEYS: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractButton, (Qt.Key.Key_Space,)),
    (QAbstractSlider, _MOVES),
    (QAbstractItemView, (*_MOVES, Qt.Key.Key_Space)),
    (QComboBox, (*_MOVES, Qt.Key.Key_Space)),
    (QTabBar, _MOVES),
)


class OwnKeys(QObject):
    """Leaves a focused control the keys that it understands, though the window has them as shortcuts.

    Without it nobody could tick a check box by Space or move a slider by the arrows.
    """

    def watch(self, root: QWidget) -> None:
        """Watch every control below a widget; to be called once for each."""
        for kind, _ in _OWN_KEYS:
            for control in root.findChildren(kind):
                control.removeEventFilter(self)
                control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            )
            if plain and any(isinstance(watched, kind) and event.key() in keys for kind, keys in _OWN_KEYS):
                event.accept()
                return True
        return False


# -- the help page ----------------------------------------------------------------------------------


def shortcut_rows() -> Iterator[tuple[str, str, str]]:
    """Give menu, text and keys of every action, then what the mouse does, for the help page."""
    for spec in ACTIONS:
        keys = [QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in spec.shortcuts]
        yield spec.menu.replace("/", " › "), spec.text, " or ".join(keys)
    for what, how in MOUSE:
        yield "Mouse", what, how


class ShortcutsDialog(QDialog):
    """Every command with its menu and its keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Commands and their keys")
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels(["Command", "Keys"])
        self.tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.tree.setIndentation(14)
        above: dict[str, QTreeWidgetItem] = {}
        for menu, text, keys in shortcut_rows():
            if menu not in above:
                above[menu] = QTreeWidgetItem(self.tree, [menu])
                font = above[menu].font(0)
                font.setBold(True)
                above[menu].setFont(0, font)
            QTreeWidgetItem(above[menu], [text, keys]).setToolTip(0, text)
        self.tree.expandAll()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree)
        layout.addWidget(buttons)
        space = self.fontMetrics()
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()
        self.resize(space.averageCharWidth() * 100, space.height() * 34)
        # Long texts end in …, so that the keys are always in sight.
        self.tree.header().resizeSection(0, space.averageCharWidth() * 56)
