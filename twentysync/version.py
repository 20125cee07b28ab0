"""The version of this tool, and the versions of Twenty that it was tested on."""

__version__ = "0.1.0"
TESTED_ON = ("2.22", "2.21", "2.19", "2.15", "2.7", "2.4", "1.17", "1.16", "1.11")
