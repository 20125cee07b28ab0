"""An embedded Twenty-compatible server on SQLite: to rehearse on, and to make every failure
repeatable."""

from twentysync.sandbox.http.faults import Fault, FaultKind, Faults, Seen, SimulatedCrash
from twentysync.sandbox.http.log import RequestEntry, RequestLog
from twentysync.sandbox.server import Sandbox
from twentysync.sandbox.state.clock import Clock, ManualClock, SystemClock
from twentysync.sandbox.state.limits import Limits
from twentysync.standard import load_standard

__all__ = [
    "Clock",
    "Fault",
    "FaultKind",
    "Faults",
    "Limits",
    "ManualClock",
    "RequestEntry",
    "RequestLog",
    "Sandbox",
    "Seen",
    "SimulatedCrash",
    "SystemClock",
    "load_standard",
]
