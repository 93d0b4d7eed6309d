"""The window's end of the worker: start, standby, stop, kill, restart. No widgets."""

from tapeviz.client.engine_client import EngineClient
from tapeviz.client.events import ClientEvent
from tapeviz.client.once import LessonRunner, run_once

__all__ = ["ClientEvent", "EngineClient", "LessonRunner", "run_once"]
