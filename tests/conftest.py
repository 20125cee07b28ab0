"""Settings of all tests."""

import os

from hypothesis import settings

# A build server tries the same examples each time; new ones are for people to find.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
