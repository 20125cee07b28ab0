"""Secrets inside HTTP steps: a manifest names an environment variable in their place.

Which values are secrets is told by their names, in headers, in the query of the address and in
the body. A value that is a variable of the workflow (`{{...}}`) is none.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_SECRET = re.compile(
    r"authorization|cookie|api.?key|apikey|token|secret|password|passwd|credential|signature|"
    r"^key$|x-auth|private.?key",
    re.I,
)
_HELD = re.compile(r"^\$\{secret:([A-Za-z_][A-Za-z0-9_]*)\}$")
_QUERY = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]*)")
_USER = re.compile(r"(?<=://)([^/@\s]+)(?=@)")

Replace = Callable[[str, str], str]


def hidden(given: Mapping[str, Any], prefix: str, *, anew: bool = False) -> dict[str, Any]:
    """The input of an HTTP step with `${secret:VARIABLE}` where a secret is.

    Variables that are there keep their names, or (`anew`) have them from `prefix` too.
    """

    def hide(name: str, value: str) -> str:
        if not value or "{{" in value or (_HELD.match(value) and not anew):
            return value
        return f"${{secret:{_variable(prefix, name)}}}"

    return _mapped(given, hide)


def shown(given: Mapping[str, Any]) -> dict[str, Any]:
    """The input with the values of the environment; a variable that is not set stays as it is."""

    def show(_name: str, value: str) -> str:
        held = _HELD.match(value)
        return os.environ.get(held[1]) or value if held else value

    return _mapped(given, show)


def variables(value: Any) -> Iterator[str]:
    """The environment variables that stand for secrets in `value`."""
    text = value if isinstance(value, str) else json.dumps(value)
    yield from re.findall(r"\$\{secret:([A-Za-z_][A-Za-z0-9_]*)\}", text)


def _variable(prefix: str, name: str) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", f"{prefix}_{name}").strip("_").upper()
    return f"TWENTYSYNC_SECRET_{words}"


def _mapped(given: Mapping[str, Any], replace: Replace) -> dict[str, Any]:
    result = dict(given)
    if isinstance(result.get("url"), str):
        url = _QUERY.sub(lambda m: f"{m[1]}={_one(m[1], m[2], replace)}", result["url"])
        result["url"] = _USER.sub(lambda m: replace("userinfo", m[1]), url)
    for part in ("headers", "body"):
        if part in result:
            result[part] = _inside(result[part], replace)
    return result


def _inside(value: Any, replace: Replace) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _one(key, inner, replace) if isinstance(inner, str) else _inside(inner, replace)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_inside(item, replace) for item in value]
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            parsed = json.loads(value)
        except ValueError:
            return value
        found = _inside(parsed, replace)
        return value if found == parsed else json.dumps(found, ensure_ascii=False)
    return value


def _one(name: str, value: str, replace: Replace) -> str:
    return replace(name, value) if _SECRET.search(name) else value
