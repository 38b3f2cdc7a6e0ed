"""What an answer says when something went wrong: problem details, RFC 9457."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import BaseModel
from starlette.responses import JSONResponse

from core.errors import (
    GraftError,
    InvalidInputError,
    MemoryBudgetError,
    UnknownNameError,
    WeightsUnavailableError,
)

_STATUS = {
    InvalidInputError: HTTPStatus.BAD_REQUEST,
    UnknownNameError: HTTPStatus.NOT_FOUND,
    WeightsUnavailableError: HTTPStatus.CONFLICT,
    MemoryBudgetError: HTTPStatus.SERVICE_UNAVAILABLE,
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


def problem(status: int, detail: str, **headers: str) -> JSONResponse:
    """The answer that says why a request is refused."""
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, error=detail)
    return JSONResponse(
        content.model_dump(), status, headers, media_type="application/problem+json"
    )


def refusal(err: GraftError) -> JSONResponse:
    """The answer for an error that a visitor can understand."""
    return problem(_STATUS.get(type(err), HTTPStatus.SERVICE_UNAVAILABLE), str(err))
