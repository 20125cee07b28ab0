"""The page of a migration: what it says of each step while it runs, stops and ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from twentysync.rendering.report import migration_html
from twentysync.report.progress import Progress, StepStatus

STEPS = [("look", "Look at both"), ("pull", "Read"), ("apply", "Write")]
THEN = datetime(2026, 11, 1, 20, 0, tzinfo=UTC)


def _progress(**done: tuple[datetime | None, datetime | None]) -> Progress:
    return Progress.of("old", "<new>", STEPS, done)


def test_a_step_that_runs_is_shown_and_the_page_reloads() -> None:
    progress = _progress(look=(THEN, THEN.replace(minute=4)))
    progress.begin("pull")
    page = migration_html(progress, None)
    assert progress.verdict == "Running: Read."
    assert 'http-equiv="refresh"' in page
    assert "done, 4 min" in page
    assert "&lt;new&gt;" in page
    assert "<new>" not in page


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (StepStatus.DONE, "1 step to come: `twentysync migrate` resumes."),
        (StepStatus.STOPPED, "Stopped at: Read."),
        (StepStatus.WAITING, "1 step to come: `twentysync migrate` resumes."),
    ],
)
def test_how_a_step_ended(status: StepStatus, verdict: str) -> None:
    progress = _progress(look=(THEN, THEN))
    progress.begin("pull")
    progress.end(status, "no <b>answer</b>", "run it")
    page = migration_html(progress, None)
    assert progress.verdict == verdict
    assert 'http-equiv="refresh"' not in page
    assert "no &lt;b&gt;answer&lt;/b&gt;" in page


def test_a_run_that_ends_with_a_step_that_is_not_complete() -> None:
    progress = _progress(look=(THEN, THEN), pull=(THEN, THEN))
    progress.begin("apply")
    progress.end(StepStatus.INCOMPLETE)
    assert progress.verdict == "All steps ran; 1 step not complete."
    assert _progress(look=(None, None)).verdict.startswith("2 steps to come")
