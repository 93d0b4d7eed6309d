"""What a worker says comes by two ways, its channel and what it prints, and either may be late."""

from __future__ import annotations

import queue

from tapeviz.client.process import Answered, Marked, Report
from tapeviz.client.supervisor import Supervisor
from tapeviz.protocol.requests import RunLesson
from tapeviz.protocol.responses import EngineReady, FigureShown, LessonRecorded, Response

LESSON = """
import matplotlib.pyplot as plt
for n in (1, 2):
    print('before', n)
    plt.plot([n])
    plt.show()
"""
PATIENCE = 60


def is_recording(report: Report) -> bool:
    return isinstance(report, Answered) and isinstance(report.response, LessonRecorded)


def test_figures_that_come_when_all_was_printed_are_passed_on_before_the_recording() -> None:
    reports: queue.Queue[Report] = queue.Queue()
    responses: list[Response] = []
    supervisor = Supervisor(reports.put, responses.append, lambda event: None, has_standby=False)
    try:
        while not any(isinstance(response, EngineReady) for response in responses):
            supervisor.take_report(reports.get(timeout=PATIENCE))
        supervisor.send(RunLesson(generation=1, name="lesson.py", text=LESSON, keep_going=False))
        late: list[Report] = []
        has_ended = False
        while not (has_ended and any(map(is_recording, late))):
            report = reports.get(timeout=PATIENCE)
            if isinstance(report, Answered):
                late.append(report)
            else:
                supervisor.take_report(report)
                has_ended |= isinstance(report, Marked) and report.mark.moment == "ends"
        for report in late:
            supervisor.take_report(report)
    finally:
        supervisor.close()
    recorded = responses[-1]
    shown = [response.figure for response in responses if isinstance(response, FigureShown)]
    assert isinstance(recorded, LessonRecorded)
    assert [figure.position for figure in shown] == [len("before 1\n"), len("before 1\nbefore 2\n")]
    assert tuple(shown) == recorded.recording.figures
