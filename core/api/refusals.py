"""Errors of every kind as problem details."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from core.api.problems import UNEXPECTED, problem, refusal
from core.errors import GraftError, as_told
from core.tasks.misfits import misfit, shown
from core.tasks.task import Task

_UNREADABLE = "There was an error parsing the body"  # what FastAPI says of JSON that is no text


def add_refusals(app: FastAPI, tasks: Iterable[Task]) -> None:
    """Have an app answer every error in a sentence.

    Parameters
    ----------
    tasks : those whose names are those of operations.
    """
    settings = {task.name: task.settings for task in tasks}

    @app.exception_handler(GraftError)
    async def refuse(_request: Request, err: GraftError) -> Response:
        return refusal(err)

    @app.exception_handler(RequestValidationError)
    async def refuse_values(request: Request, err: RequestValidationError) -> Response:
        first = err.errors()[0]
        place = first["loc"][1:]
        if first["type"] == "json_invalid":
            detail = f"Expected JSON. Received: text that is none from character {place[0]} on."
        elif not place:
            detail = (
                "Expected a JSON object, with Content-Type: application/json. "
                f"Received: {shown(first.get('input') or 'no body')}."
            )
        else:
            operation = getattr(request.scope.get("route"), "operation_id", None)
            detail = misfit(first, settings.get(str(operation)), ".".join(map(str, place)))
        return problem(HTTPStatus.BAD_REQUEST, detail)

    @app.exception_handler(HTTPException)
    async def refuse_status(request: Request, err: HTTPException) -> Response:
        headers = dict(err.headers or {})
        match err.status_code:
            case HTTPStatus.NOT_FOUND:
                detail = f"There is no {request.method} {request.url.path}. See /api/docs."
            case HTTPStatus.METHOD_NOT_ALLOWED:
                allowed = ", ".join(_methods(app, request))
                detail = f"Expected {allowed} at {request.url.path}. Received: {request.method}."
                headers["Allow"] = allowed
            case HTTPStatus.BAD_REQUEST if err.detail == _UNREADABLE:
                detail = "Expected JSON in UTF-8. Received: something else."
            case _:
                detail = err.detail if err.detail.endswith(".") else f"{err.detail}."
        return problem(err.status_code, detail, **headers)

    @app.exception_handler(ClientDisconnect)
    async def give_up(_request: Request, _err: ClientDisconnect) -> Response:
        return problem(HTTPStatus.BAD_REQUEST, "The connection ended before the request did.")

    @app.exception_handler(Exception)  # which the server logs
    async def hide(_request: Request, err: Exception) -> Response:
        told = as_told(err)
        if isinstance(told, GraftError):
            return refusal(told)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)


def _methods(app: FastAPI, request: Request) -> list[str]:
    """The methods that the address of a request knows."""
    path = get_route_path(request.scope)
    patterns = {
        re.sub(r"\{\w+\}", "[^/]+", known): [method.upper() for method in methods]
        for known, methods in app.openapi()["paths"].items()
    }
    return sorted({m for known, ms in patterns.items() if re.fullmatch(known, path) for m in ms})
