"""The gallery of examples: a picture and two sentences for each, opened by a click or by Enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPixmap,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme

if TYPE_CHECKING:
    Index = QModelIndex | QPersistentModelIndex

_CARD = Qt.ItemDataRole.UserRole
_MARGIN = 10  # pixels inside a card
_APART = 8  # between cards
_TWO_COLUMNS = 105  # letters from which on there are two


@dataclass(frozen=True)
class Card:
    """What the gallery shows of an example.

    Parameters
    ----------
    name : str
        Of the example.
    title, kind, text : str
        Its heading; what goes in and comes out; two sentences.
    pictures : dict of str to Path
        By the name of the theme. A file may be missing.
    """

    name: str
    title: str
    kind: str
    text: str
    pictures: dict[str, Path]


class GalleryDialog(QDialog):
    """All examples.

    Signals
    -------
    chosen(str, bool)
        The name of an example that is to be opened, and whether its tour is to begin.
    """

    chosen = Signal(str, bool)

    def __init__(self, cards: Sequence[Card], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Examples")
        self.list = _CardList(cards, theme)
        self.list.clicked.connect(self._on_list_chosen)
        self.list.activated.connect(self._on_list_chosen)
        words = QLabel("Small trained models, each with data to step it over. Enter or a click opens one.")
        words.setProperty("role", "muted")
        words.setWordWrap(True)
        self.tour = QCheckBox("Begin its tour")
        self.tour.setChecked(True)
        self.tour.setAccessibleName("Begin the tour of the example")
        self.tour.setToolTip("A tour of at most six stops says what to do and what is to be seen")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        below = QHBoxLayout()
        below.addWidget(self.tour)
        below.addStretch(1)
        below.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addWidget(self.list, 1)
        layout.addLayout(below)
        space = self.fontMetrics()
        wanted = QSize(space.averageCharWidth() * 170, space.height() * 46)
        room = parent.size() * 0.94 if parent is not None else wanted
        self.resize(wanted.boundedTo(room))
        self.list.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.list.set_theme(theme)

    def _on_list_chosen(self, index: QModelIndex) -> None:
        if self.isVisible() and index.isValid():  # where a click also activates it comes twice
            self.chosen.emit(index.data(_CARD).name, self.tour.isChecked())
            self.accept()


class _CardList(QListView):
    """The cards, in one column or two."""

    def __init__(self, cards: Sequence[Card], theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Examples")
        self.setToolTip("Choose an example by the arrows; Enter or a click opens it")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(_APART // 2)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made = QStandardItemModel(self)
        for card in cards:
            item = QStandardItem(card.title)  # what is typed is searched in it
            item.setData(card, _CARD)
            item.setData(f"{card.title}, {card.kind}. {card.text}", Qt.ItemDataRole.AccessibleTextRole)
            item.setEditable(False)
            made.appendRow(item)
        self.setModel(made)
        self._cards = _CardDelegate(cards, theme, self)
        self.setItemDelegate(self._cards)
        self.setCurrentIndex(made.index(0, 0))

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._cards.set_theme(theme)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = self.viewport().width() - _APART - 2
        columns = 2 if room > self.fontMetrics().averageCharWidth() * _TWO_COLUMNS else 1
        self._cards.set_width(room // columns - _APART)
        self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)


class _CardDelegate(QStyledItemDelegate):
    """Draws a card: the picture at the left, heading and sentences beside it."""

    def __init__(self, cards: Sequence[Card], theme: Theme, parent: QListView) -> None:
        super().__init__(parent)
        self._all = cards
        self._theme = theme
        self._width = 400
        self._pictures: dict[Path, QPixmap] = {}
        self._title = QFont(parent.font())
        self._title.setBold(True)
        self._font = parent.font()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def set_width(self, width: int) -> None:
        """Take how wide each card is."""
        self._width = width

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        line, inside = QFontMetrics(self._font), self._text_area(QRect(0, 0, self._width, 10_000))
        wrap = Qt.TextFlag.TextWordWrap
        texts = [line.boundingRect(inside, wrap, card.text).height() for card in self._all]
        height = max(self._picture_size().height(), max(texts, default=0) + round(2.5 * line.height()))
        return QSize(self._width, height + 2 * _MARGIN)

    def _picture_size(self) -> QSize:
        width = min(round(QFontMetrics(self._font).height() * 14), round(self._width * 0.4))
        return QSize(width, round(width * 0.65))

    def _text_area(self, card: QRect) -> QRect:
        return card.adjusted(self._picture_size().width() + 2 * _MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card, theme, area = index.data(_CARD), self._theme, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.accent if chosen or over else theme.border))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if chosen and focused:
            painter.drawRoundedRect(QRectF(area).adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)
        self._paint_picture(painter, card, area)
        self._paint_words(painter, card, self._text_area(area))
        painter.restore()

    def _paint_picture(self, painter: QPainter, card: Card, area: QRect) -> None:
        size, theme = self._picture_size(), self._theme
        place = QRect(area.left() + _MARGIN, area.top() + _MARGIN, size.width(), size.height())
        painter.setPen(QColor(theme.border))
        painter.setBrush(QColor(theme.plot_background))
        painter.drawRect(place)
        picture = self._picture(card.pictures.get(theme.name) or card.pictures.get(LIGHT.name))
        if picture is None:
            painter.setPen(QColor(theme.muted))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, card.kind)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        drawn = QRect(place)
        drawn.setSize(picture.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatio))
        drawn.moveCenter(place.center())
        painter.drawPixmap(drawn, picture)

    def _picture(self, path: Path | None) -> QPixmap | None:
        if path is None:
            return None
        if path not in self._pictures:
            self._pictures[path] = QPixmap(str(path))
        return None if self._pictures[path].isNull() else self._pictures[path]

    def _paint_words(self, painter: QPainter, card: Card, area: QRect) -> None:
        theme, line = self._theme, QFontMetrics(self._font).height()
        painter.setFont(self._title)
        painter.setPen(QColor(theme.text))
        title = QFontMetrics(self._title).elidedText(card.title, Qt.TextElideMode.ElideRight, area.width())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(area, left, title)
        painter.setFont(self._font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(area.adjusted(0, round(1.1 * line), 0, 0), left, card.kind)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            area.adjusted(0, round(2.4 * line), 0, 0), left | Qt.TextFlag.TextWordWrap, card.text
        )
