"""The canvas: the recorded graph at the playhead, to look at, point at and drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from tapeviz.layout.geometry import Point
from tapeviz.layout.layers import LayoutError
from tapeviz.model.frame import Frame, build_frame
from tapeviz.model.graph import GraphNode
from tapeviz.model.path_state import shown_path
from tapeviz.model.state import AppState
from tapeviz.model.subjects import tape_of
from tapeviz.paint.graph_painter import GraphPainter, Style
from tapeviz.paint.node_painter import rectangle
from tapeviz.paint.theme import Theme, theme_of
from tapeviz.ui.graph.animator import Animator, journeys_of
from tapeviz.ui.graph.finding import found_in
from tapeviz.ui.graph.minimap import Minimap
from tapeviz.ui.graph.overlays import Overlays
from tapeviz.ui.graph.picture import Arrival, Picture
from tapeviz.ui.graph.pointing import area_of, marks_of, united
from tapeviz.ui.graph.tooltip import edge_tooltip, node_tooltip, why_shut
from tapeviz.ui.graph.zoomable_view import ZoomableView
from tapeviz.ui.store import Executes
from tapeviz.ui.theme import dress_of

DRAG_START = 5.0


class GraphView(ZoomableView):
    """Shows the graph of the state and fires what is done with it."""

    _arranged = Signal(object)

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._state: AppState | None = None
        self._frame: Frame | None = None
        self._picture = Picture(self._arranged.emit)
        self._animator = Animator(self.scene(), self)
        self._overlays = Overlays(self)
        self._minimap = Minimap(self)
        self._differing: frozenset[str] = frozenset()
        self._pressed: GraphNode | None = None
        self._pressed_at = QPointF()
        self._dragged_to: Point | None = None
        self._is_spent = False
        self._wanted: str | None = None
        self._held: tuple[str, QPointF] | None = None
        self._arranged.connect(self._take_arrangement)
        self.setAccessibleName(self.tr("Graph"))
        self.setAccessibleDescription(self.tr("The recorded graph; the Steps tab tells the same in words."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.destroyed.connect(self._picture.close)

    @property
    def painter(self) -> GraphPainter | None:
        """What paints the graph; None while there is none."""
        return self._picture.painter

    @property
    def shown_frame(self) -> Frame | None:
        """What the picture shows now."""
        return self._frame

    @property
    def animator(self) -> Animator:
        """What sends the pulses."""
        return self._animator

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show what differs between two states."""
        if old is new and self._state is not None:
            return
        previous, self._state = self._state, new
        theme_changed = previous is None or previous.view.theme != new.view.theme
        if previous is None or dress_of(previous.view) != dress_of(new.view):
            self._overlays.dress(dress_of(new.view))
        if previous is None or _graph_differs(previous, new):
            self._held = self._to_hold(previous, new)
            self._take_graph(new)
        else:
            style_changed = previous.view.is_width_by_cotangent != new.view.is_width_by_cotangent
            if previous.lesson.positions != new.lesson.positions:
                self._compose()
            elif theme_changed or style_changed:
                self._picture.dress(self._theme, self._style)
                self._repaint()
            if previous.playhead != new.playhead:
                self._take_playhead(previous, new)
            if previous.selection != new.selection:
                self._show_path(previous, new)
                self._repaint()
        self._show_wanted()
        self._tell(new)

    def _to_hold(self, old: AppState | None, new: AppState) -> tuple[str, QPointF] | None:
        """Find the group that was folded or unfolded, and where on the screen it is."""
        painter, name = self._picture.painter, new.selection.node
        box = painter.box_of(name) if painter is not None and name is not None else None
        if box is None or name is None or old is None or old.shown is not new.shown or old.subject != new.subject:
            return None
        return name, QPointF(self.mapFromScene(QPointF(box.x - box.width / 2, box.y)))

    def mark_differences(self, nodes: frozenset[str]) -> None:
        """Mark the nodes that differ from what stands beside this picture."""
        if nodes != self._differing:
            self._differing = nodes
            self._repaint()

    def centre_on(self, text: str) -> bool:
        """Find a node by name, symbol, op type or value, bring it to the middle and select it; again for the next.

        Returns
        -------
        bool
            Whether there is such a node.
        """
        found = found_in(self._state.whole, text) if self._state is not None and self._state.whole is not None else []
        if not found or self._state is None:
            return False
        selected = self._state.selection.node
        place = found.index(selected) + 1 if selected in found else 0
        self._wanted = found[place % len(found)]
        self._store.execute("graph.reveal_node", node=self._wanted)
        self._show_wanted()
        return True

    def _show_wanted(self) -> None:
        """Bring what was searched for to the middle, as soon as it is drawn."""
        painter = self._picture.painter
        box = painter.box_of(self._wanted) if painter is not None and self._wanted is not None else None
        if box is not None:
            self._wanted = None
            self.look_at(QPointF(box.x, box.y))

    @property
    def _theme(self) -> Theme:
        return theme_of(self._state.view.theme if self._state else "light")

    @property
    def _style(self) -> Style:
        return Style(is_width_by_cotangent=bool(self._state and self._state.view.is_width_by_cotangent))

    def _take_graph(self, state: AppState) -> None:
        self._animator.stop()
        if state.shown is None or state.graph is None or state.timeline is None or not state.graph.nodes:
            self._picture.clear()
            self._frame = None
            self._repaint()
            return
        last = build_frame(state.shown, state.graph, state.timeline, state.timeline.last)
        self._frame = build_frame(state.shown, state.graph, state.timeline, state.playhead)
        if self._picture.ask(state.graph, last, state.view.direction):
            self._compose()
        else:
            self._repaint()

    def _take_arrangement(self, arrival: Arrival) -> None:
        try:
            if not self._picture.take(arrival):
                return
        except LayoutError as error:
            self._overlays.say(str(error))
        else:
            self._compose()
            self._come_to_rest()
            self._show_wanted()
        if self._state is not None:
            self._tell(self._state)

    def _come_to_rest(self) -> None:
        """Show a new picture: from where it can be read, or with the group that was folded where it was."""
        painter, held, self._held = self._picture.painter, self._held, None
        box = painter.box_of(held[0]) if painter is not None and held is not None else None
        if box is None or held is None:
            self.show_readably()
            self._follow_step()
        else:
            self.hold(QPointF(box.x - box.width / 2, box.y), held[1])

    def _compose(self) -> None:
        positions = self._state.positions if self._state else {}
        if self._pressed is not None and self._dragged_to is not None:
            positions[self._pressed.id] = self._dragged_to
        self._picture.compose(positions, self._theme, self._style)
        if self._picture.painter is not None:
            self.set_extent(self._picture.painter.extent)
        self._repaint()

    def _take_playhead(self, old: AppState, new: AppState) -> None:
        self._animator.stop()
        if new.shown is None or new.graph is None or new.timeline is None:
            return
        self._frame = build_frame(new.shown, new.graph, new.timeline, new.playhead)
        self._follow_step()
        self._repaint()
        if new.view.is_animated and new.playhead == old.playhead + 1:
            painter, frame = self._picture.painter, self._frame
            if painter is not None and frame is not None:
                self._animator.send(journeys_of(painter, frame, self._theme), new.view.speed)

    def _follow_step(self) -> None:
        """Keep in view what this step is about: its nodes, and the lines between them where there is room for both."""
        painter, frame = self._picture.painter, self._frame
        if painter is None or frame is None:
            return
        nodes = [rectangle(painter.layout.nodes[node]) for node, state in frame.nodes.items() if state.is_live]
        lines = [painter.path(edge).boundingRect() for edge, state in frame.edges.items() if state.is_live]
        about = united(nodes + lines)
        room = self.mapToScene(self.viewport().rect()).boundingRect().size()
        fits = about.width() < 0.8 * room.width() and about.height() < 0.8 * room.height()
        shown = about if fits else united(nodes)
        self.follow(shown)
        self._minimap.place(self.mapFromScene(shown).boundingRect())

    def _show_path(self, old: AppState, new: AppState) -> None:
        """Bring a path that was chosen into view, as much of it as can be read."""
        was, now = old.selection, new.selection
        found = shown_path(new) if now.path is not None and (now.node, now.path) != (was.node, was.path) else None
        if found is not None and self._picture.painter is not None:
            self.show_part(area_of(self._picture.painter, found[0].paths[found[1]]))

    def _tell(self, state: AppState) -> None:
        busy = ""
        if state.engine.phase in ("running", "stopping"):
            busy = self.tr("Running…") if state.engine.phase == "running" else self.tr("Stopping…")
        elif self._picture.is_waiting:
            busy = self.tr("Laying the graph out…")
        self._overlays.apply(state, busy, self.tr("The code is newer than this picture"))
        if self._picture.painter is not None or self._picture.is_waiting or (busy and state.recording is None):
            self._overlays.say("")
        elif state.recording is None:
            is_form = state.lesson.form is not None
            asked = self.tr("Type a function and press Ctrl+Enter") if is_form else self.tr("Press Ctrl+Enter to run")
            self._overlays.say(asked)
        elif state.graph is None or not state.graph.nodes:
            self._overlays.say(self.tr("No tape recorded anything in this run"))

    def _repaint(self) -> None:
        self._minimap.show_graph(self._picture.painter, self._frame)
        self.resetCachedContent()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint the canvas and the graph as it stands at the playhead."""
        area = QRectF(rect)
        painter.fillRect(area, QColor(self._theme.canvas))
        if self._picture.painter is not None:
            self._picture.painter.paint_still(
                painter, self._frame, area, self.zoom, marks_of(self._state, self._differing)
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a node, or of the canvas."""
        self._is_spent = False
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = self._node_under(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        self._pressed_at = event.position()
        if self._pressed is None and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self.begin_pan(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag on, or light up what is under the pointer."""
        if self._pressed is not None:
            self._drag(event.position())
        elif not self.pan(event):
            name = self._name_under(event.position())
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if name else Qt.CursorShape.ArrowCursor)
            self._hover(name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave a dragged node where it is; a press without a drag selects."""
        pressed, place, is_spent = self._pressed, self._dragged_to, self._is_spent
        self._pressed, self._dragged_to, self._is_spent = None, None, False
        if is_spent:
            return
        if pressed is not None and place is not None:
            self._store.execute("graph.place_node", node=pressed.id, x=place[0], y=place[1])
        elif pressed is not None:
            self._store.execute("selection.select_node", node=pressed.id)
        elif not self.end_pan() and event.button() == Qt.MouseButton.LeftButton:
            self._store.execute("selection.select_node", node=self._name_under(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fold or unfold a group, open an op or centre it and say why it is shut; beside them, fit."""
        node, name = self._node_under(event.position()), self._name_under(event.position())
        self._is_spent, self._pressed = True, None
        if name is None:
            self.fit()
        elif node is None or node.kind == "group":
            self._store.execute("graph.toggle_group", group=name)
        elif node.opens:
            self._store.execute("graph.open_node", node=node.id)
        else:
            self._centre_on_node(node)
            if self._state is not None and self._state.shown is not None:
                QToolTip.showText(event.globalPosition().toPoint(), why_shut(node, self._state.shown), self.viewport())

    def leaveEvent(self, event: QEvent) -> None:
        """Light nothing up any more."""
        self._hover(None)
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep badges and overview in their corners."""
        super().resizeEvent(event)
        self._overlays.place()
        self._minimap.place()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show TensorFlow's own names and every digit in a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tooltip_at(QPointF(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def tooltip_at(self, at: QPointF) -> str:
        """Say what the tooltip at a point of the viewport tells; empty where there is nothing."""
        painter = self._picture.painter
        if painter is None or self._state is None or self._state.shown is None:
            return ""
        node = self._node_under(at)
        if node is not None:
            shown, subject = self._state.shown, self._state.subject
            tape = tape_of(shown, subject) if subject is not None else None
            return node_tooltip(node, self._frame, shown, tape, self.tr)
        place = self.mapToScene(at.toPoint())
        edge = painter.edge_at(place.x(), place.y())
        return edge_tooltip(edge, self._frame, self._state.shown, self.tr) if edge else ""

    def _node_under(self, at: QPointF) -> GraphNode | None:
        if self._picture.painter is None:
            return None
        place = self.mapToScene(at.toPoint())
        return self._picture.painter.node_at(place.x(), place.y())

    def _name_under(self, at: QPointF) -> str | None:
        """Give the id of the node at a place of the viewport, or of the group whose title is there."""
        node = self._node_under(at)
        if node is not None or self._picture.painter is None:
            return node.id if node is not None else None
        place = self.mapToScene(at.toPoint())
        return self._picture.painter.group_at(place.x(), place.y())

    def _drag(self, to: QPointF) -> None:
        assert self._pressed is not None
        shift = to - self._pressed_at
        if self._dragged_to is None and shift.manhattanLength() < DRAG_START:
            return
        if self._picture.painter is None:
            return
        box = self._picture.painter.layout.nodes[self._pressed.id]
        before = self._dragged_to or (box.x, box.y)
        self._dragged_to = (before[0] + shift.x() / self.zoom, before[1] + shift.y() / self.zoom)
        self._pressed_at = to
        self._animator.stop()
        self._compose()

    def _hover(self, node: str | None) -> None:
        if self._state is not None and self._state.selection.hovered_node != node:
            self._store.execute("selection.hover_node", node=node)

    def _centre_on_node(self, node: GraphNode) -> None:
        if self._picture.painter is not None:
            box = self._picture.painter.layout.nodes[node.id]
            self.look_at(QPointF(box.x, box.y))


def _graph_differs(old: AppState, new: AppState) -> bool:
    return (
        old.graph is not new.graph
        or old.shown is not new.shown
        or old.timeline is not new.timeline
        or old.view.direction != new.view.direction
    )
