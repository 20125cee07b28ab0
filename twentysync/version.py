"""The version of this tool, and the versions of Twenty that it was tested on."""

__version__ = "0.1.0"
TESTED_ON = ("2.22", "2.21", "1.17")
