"""Refusals, as a server words them.

Each exception knows the GraphQL error it becomes. The shapes (which keys ``extensions`` has, when
``data`` is present) are those observed on 2.21.0.
"""

from __future__ import annotations

from typing import Any

STANDARD_MESSAGE = "An error occurred."
_HTTP_WORDS = {403: "Forbidden", 404: "Not Found"}


class Refusal(Exception):
    """A request, or one root field of it, that the server refuses."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "BAD_USER_INPUT",
        sub_code: str | None = None,
        friendly: object = STANDARD_MESSAGE,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.sub_code = sub_code
        self.friendly = friendly
        self.extra = extra or {}

    def payload(self) -> dict[str, Any]:
        """The entry this makes in ``errors``."""
        extensions: dict[str, Any] = dict(self.extra)
        if self.sub_code is not None:
            extensions["subCode"] = self.sub_code
        if self.friendly is not None:
            extensions["userFriendlyMessage"] = self.friendly
        extensions["code"] = self.code
        return {"message": self.message, "extensions": extensions}


class PlainError(Refusal):
    """An exception the server did not foresee: message and INTERNAL_SERVER_ERROR, nothing else."""

    def __init__(self, message: str, friendly: object = None) -> None:
        super().__init__(message, code="INTERNAL_SERVER_ERROR", friendly=friendly)


class HttpLikeRefusal(Refusal):
    """A refusal of a guard or a lookup, which carries the HTTP answer it would have been."""

    def __init__(self, message: str, status: int, code: str) -> None:
        response = {"message": message, "error": _HTTP_WORDS[status], "statusCode": status}
        super().__init__(message, code=code, extra={"response": response})


def forbidden(message: str = "Forbidden resource") -> HttpLikeRefusal:
    """What a guard answers to a caller it does not let through."""
    return HttpLikeRefusal(message, 403, "FORBIDDEN")


def denied() -> Refusal:
    """What the role of a key does not allow (2.21.0)."""
    message = "Entity performing the request does not have permission"
    friendly = "User does not have permission."
    return Refusal(message, code="FORBIDDEN", sub_code="PERMISSION_DENIED", friendly=friendly)


def needs_user() -> HttpLikeRefusal:
    """What an endpoint for signed-in people answers to an API key."""
    return forbidden("This endpoint requires a user context. API keys are not supported.")


def not_found(entity: str, ident: str) -> HttpLikeRefusal:
    """What ``object(id)`` and ``field(id)`` answer to an id nobody has."""
    return HttpLikeRefusal(f"Unable to find {entity} with id: {ident}", 404, "NOT_FOUND")


def bad_args(message: str, friendly: object = STANDARD_MESSAGE) -> Refusal:
    """A record value that the server does not take."""
    return Refusal(message, sub_code="INVALID_ARGS_DATA", friendly=friendly)


def bad_filter(message: str, friendly: object = STANDARD_MESSAGE) -> Refusal:
    """A record filter that the server does not take."""
    return Refusal(message, sub_code="INVALID_ARGS_FILTER", friendly=friendly)


def bad_query(message: str, friendly: object = STANDARD_MESSAGE) -> Refusal:
    """An argument of a record query that the server does not take."""
    return Refusal(message, sub_code="INVALID_QUERY_INPUT", friendly=friendly)
