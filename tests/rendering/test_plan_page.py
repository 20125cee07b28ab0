"""The page of a plan in a browser: its script runs, and nothing of a value does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rendering.test_plan_formats import HOSTILE, changed, plan
from twentysync.rendering.plan_formats import plan_as

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def test_the_page_names_its_own_script_and_style_only() -> None:
    page = plan_as(plan(changed("skill[x]", "label", "a", "b")), "html")
    assert len(re.findall(r"<script>", page)) == 1
    assert len(re.findall(r"script-src 'sha256-[\w+/]+='", page)) == 1
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_the_page_works_in_a_browser_whatever_the_values(tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    changes = [changed(f"skill[{word}]", "label", word, f"{word}!") for word in HOSTILE]
    page.write_text(plan_as(plan(*changes), "html"), encoding="utf-8")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    done = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=300, check=True
    )
    assert f">{len(HOSTILE)} of {len(HOSTILE)}</output>" in done.stdout
    assert "<img" not in done.stdout
    assert done.stdout.count("<script") == 1
