"""What an answer says when something went wrong: problem details, RFC 9457."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from core.errors import (
    GraftError,
    InvalidInputError,
    MemoryBudgetError,
    NotAllowedError,
    UnknownNameError,
    WeightsUnavailableError,
)

PROBLEM = "application/problem+json"
UNEXPECTED = "An unexpected error; the log of the server has it."
_STATUS = {
    InvalidInputError: HTTPStatus.BAD_REQUEST,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    UnknownNameError: HTTPStatus.NOT_FOUND,
    WeightsUnavailableError: HTTPStatus.CONFLICT,
    MemoryBudgetError: HTTPStatus.SERVICE_UNAVAILABLE,
}
_WHEN = {
    400: "An input or a setting that cannot be used.",
    401: "No key that is known.",
    403: "Something that this server does not let everybody do.",
    404: "A name or an address that there is not.",
    408: "The rest of the body has not come.",
    409: "Not now: what it takes is not on this machine, or not there yet.",
    413: "More bytes than are accepted.",
    429: "Too many requests or jobs; `Retry-After` says in how many seconds to come again.",
    503: "Not enough memory, or no database or cluster, at the moment.",
}


class Problem(BaseModel):
    """Why a request was refused.

    `detail` is the sentence that a page would show; `error` is the same, under the name that
    it had before there was an RFC for it here.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    error: str


class BusyError(HTTPException):
    """One request or job too many: 429, and in how many seconds to try again."""

    def __init__(self, detail: str, wait_s: int) -> None:
        super().__init__(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"{detail} Try again in {wait_s} s.",
            {"Retry-After": str(wait_s)},
        )


def problem(status: int, detail: str, **headers: str) -> JSONResponse:
    """The answer that says why a request is refused."""
    detail = detail.encode("utf-8", "backslashreplace").decode()  # of what JSON may bring
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, error=detail)
    return JSONResponse(content.model_dump(), status, headers, media_type=PROBLEM)


def refusal(err: GraftError) -> JSONResponse:
    """The answer for an error that a visitor can understand."""
    return problem(_STATUS.get(type(err), HTTPStatus.SERVICE_UNAVAILABLE), str(err))


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of these statuses, as OpenAPI has them."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": _WHEN[status], "content": {PROBLEM: schema}} for status in statuses
    }
    if 429 in answers:
        whole = {"type": "integer", "minimum": 1}
        answers[429]["headers"] = {"Retry-After": {"schema": whole, "required": True}}
    return answers
