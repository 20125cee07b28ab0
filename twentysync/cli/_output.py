"""What is printed, whoever reads it: a reader who has gone stops nothing that is under way.

An exit code says what happened to the workspaces, not to the pipe. So nothing that is printed ends
a run: a closed pipe is forgotten (`| head`), and what a full disk did not take is told at the end.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

import click

#: What the standard output did not take, other than because its reader had gone.
_failed: list[OSError] = []
#: Exit codes of what went well, which an output that is lost makes a failure.
_WELL = (0, 2)


def show(text: str, *, err: bool = False, newline: bool = True, **style: Any) -> None:
    """Print, with a style that only terminals see. Never raises because of the stream."""
    stream = sys.stderr if err else sys.stdout
    try:
        click.secho(text, err=err, nl=newline, **style)
    except (OSError, ValueError) as fault:  # ValueError: somebody closed it
        _lose(stream, fault, err=err)


def _lose(stream: TextIO | None, fault: OSError | ValueError, *, err: bool) -> None:
    if isinstance(fault, OSError) and fault.errno not in (errno.EPIPE, errno.EINVAL) and not err:
        _failed.append(fault)
    silence(stream)


def silence(stream: TextIO | None) -> None:
    """Let what is still written to a stream go nowhere, what waits in its buffer included."""
    if stream is None:
        return
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def finish(code: int) -> int:
    """Flush what was printed; give the exit code, which tells of an output that was lost."""
    for stream, err in ((sys.stdout, False), (sys.stderr, True)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError) as fault:
            _lose(stream, fault, err=err)
    if not _failed:
        return code
    words = _failed[0].strerror or str(_failed[0])
    _failed.clear()
    show(f"Error: the output could not be written: {words}", err=True)
    return 1 if code in _WELL else code
