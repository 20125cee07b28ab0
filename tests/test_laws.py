"""Laws of the whole pipeline, over generated workspaces and the sandbox."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.generated import Documents, workspaces
from tests.support import connect, fresh, plan_of, pull_to, write_documents
from twentysync.applying.apply import apply_plan

# Shrinking would take minutes an example; the failing documents are small enough to read.
_slow = settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
@_slow
@given(workspaces())
def test_what_is_applied_is_there_and_comes_back_the_same(documents: Documents) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        written = write_documents(root / "written", documents)
        with fresh() as sandbox, fresh() as other:
            workspace = connect(sandbox)
            outcome = apply_plan(plan_of(written, workspace), workspace, root / "state")
            assert outcome.failed == {}
            assert outcome.blocked == {}

            # The next plan is empty.
            again = plan_of(written, connect(sandbox))
            assert [(c.address, c.differences) for c in again.changes] == []

            # Pulled twice, the second time nothing changes.
            first = pull_to(connect(sandbox), root / "pulled")
            second = pull_to(connect(sandbox), root / "pulled")
            assert first == second

            # What was pulled makes the same workspace elsewhere, byte for byte.
            elsewhere = connect(other, "other")
            plan = plan_of(root / "pulled" / "manifests", elsewhere)
            assert apply_plan(plan, elsewhere, root / "state2").complete
            assert pull_to(connect(other, "other"), root / "pulled2") == first


def test_a_fresh_workspace_yields_no_manifest(tmp_path: Path) -> None:
    with fresh() as sandbox:
        # Who belongs to the workspace is said of every workspace.
        assert list(pull_to(connect(sandbox), tmp_path)) == ["members.yaml"]
