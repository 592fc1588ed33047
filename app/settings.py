"""What is remembered from one start to the next, each with its type."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from PySide6.QtCore import QByteArray, QSettings

from app.theme import ThemeChoice

RecentKind = Literal["models", "data", "recordings", "sessions"]
MOST_RECENT = 8
# Grows when docks or tool bars change so much that a stored layout no longer fits.
LAYOUT_VERSION = 2

_T = TypeVar("_T")


class Settings:
    """The user's settings.

    Parameters
    ----------
    store : QSettings, optional
        Where they are kept; the user's own file by default. Tests give their own.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        # An INI file is the same on every system, and can be read and sent with a report.
        self._store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "lstm-viz", "lstm-viz"
        )

    @property
    def path(self) -> Path:
        """The file that holds them."""
        return Path(self._store.fileName())

    def sync(self) -> None:
        """Write them now."""
        self._store.sync()

    # -- values -------------------------------------------------------------------------------------

    @property
    def theme(self) -> ThemeChoice:
        """``"system"``, ``"light"`` or ``"dark"``."""
        found = self._value("view/theme", str, "system")
        return cast(ThemeChoice, found if found in ("system", "light", "dark") else "system")

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._store.setValue("view/theme", choice)

    @property
    def follow_cursor(self) -> bool:
        """Whether the plots scroll with the cursor."""
        return self._value("view/follow_cursor", bool, True)

    @follow_cursor.setter
    def follow_cursor(self, follow: bool) -> None:
        self._store.setValue("view/follow_cursor", follow)

    @property
    def endings(self) -> bool:
        """Whether it is shown what the output would be if the sequence ended at each timestep."""
        return self._value("view/endings", bool, True)

    @endings.setter
    def endings(self, shown: bool) -> None:
        self._store.setValue("view/endings", shown)

    @property
    def speed(self) -> float | None:
        """Steps a second; None for as fast as it goes."""
        found = self._value("run/speed", float, 10.0)
        return found if found > 0 else None

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self._store.setValue("run/speed", 0.0 if speed is None else float(speed))

    @property
    def folder(self) -> str:
        """The folder that a file was last chosen in."""
        return self._value("files/folder", str, "")

    @folder.setter
    def folder(self, folder: str | Path) -> None:
        self._store.setValue("files/folder", str(folder))

    # -- recent files -------------------------------------------------------------------------------

    def recent(self, kind: RecentKind) -> tuple[str, ...]:
        """Return the files opened last, newest first."""
        found: Any = self._store.value(f"files/recent_{kind}", [], type=list)
        # A list of one comes back as its one string.
        entries = [found] if isinstance(found, str) else found or []
        return tuple(entry for entry in entries if isinstance(entry, str) and entry)

    def add_recent(self, kind: RecentKind, path: str | Path) -> None:
        """Put a file in front of the recent ones."""
        path = str(Path(path).absolute())
        others = [entry for entry in self.recent(kind) if entry != path]
        self._store.setValue(f"files/recent_{kind}", [path, *others][:MOST_RECENT])

    def remove_recent(self, kind: RecentKind, path: str | Path) -> None:
        """Forget a file that is no longer there."""
        self._store.setValue(f"files/recent_{kind}", [e for e in self.recent(kind) if e != str(path)])

    # -- layout -------------------------------------------------------------------------------------

    @property
    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and state of the window; None when there is none that fits."""
        if self._value("window/version", int, 0) != LAYOUT_VERSION:
            return None
        geometry = self._value("window/geometry", QByteArray, QByteArray())
        state = self._value("window/state", QByteArray, QByteArray())
        return (geometry, state) if geometry and state else None

    @layout.setter
    def layout(self, layout: tuple[QByteArray, QByteArray] | None) -> None:
        if layout is None:
            self._store.remove("window")
            return
        self._store.setValue("window/version", LAYOUT_VERSION)
        self._store.setValue("window/geometry", layout[0])
        self._store.setValue("window/state", layout[1])

    def _value(self, key: str, kind: type[_T], default: _T) -> _T:
        # Without its type an INI file gives strings, and "false" is true. Somebody may have edited it.
        try:
            found = self._store.value(key, default, type=kind)
        except (TypeError, ValueError):
            return default
        return found if isinstance(found, kind) else default
