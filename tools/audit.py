"""Known faults of what twentysync is built on: pip-audit, and a sentence where there is no network.

`python -m tools.audit` (`make audit`). Exit code 0 where nothing is known, 1 where something is.
Without a network nothing can be looked up, which is said and no failure.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

#: How pip-audit, and what it asks with, say that there is no way to the list of faults.
_NO_WAY = (
    *("ConnectionError", "Connection refused", "NameResolution", "Max retries exceeded"),
    *("Network is unreachable", "timed out", "ServiceError", "ProxyError", "SSLError"),
)
COMMAND = (sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off")
_SECONDS = 300
#: What pip-audit says, with success, of each package that it could not look up.
_UNKNOWN = "could not be audited"


def audit(command: Sequence[str] = COMMAND) -> tuple[int, str]:
    """Exit code, and what is to be said."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return 0, _nothing(f"no answer within {_SECONDS} s")
    words = f"{done.stdout}{done.stderr}".strip()
    if done.returncode and "No module named" in words:
        return 1, "audit: pip-audit is not installed: pip install -e '.[dev]'"
    if done.returncode and any(sign in words for sign in _NO_WAY):
        return 0, _nothing(words.splitlines()[-1][:200])
    unknown = words.count(_UNKNOWN)
    if unknown:
        words += f"\naudit: {unknown} packages NOT CHECKED: the index asked knows no faults"
    return done.returncode, words


def _nothing(why: str) -> str:
    return f"audit: the list of known faults cannot be reached, so NOTHING WAS CHECKED ({why})"


if __name__ == "__main__":
    code, said = audit()
    print(said)  # noqa: T201
    sys.exit(code)
