"""Answers and refusals as a person or a program reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import typer

from core.cli.files import printable
from core.errors import GraftError


def show(name: str, answer: dict[str, Any], as_json: bool) -> None:
    """Print an answer: one JSON object in a line, or lines for a person."""
    if as_json:
        _echo_json({"input": name, **answer})
    else:
        typer.echo("\n".join(_lines(name, answer)))


def _lines(name: str, answer: dict[str, Any]) -> Iterator[str]:
    """For a person: the likeliest first, and whatever else there is by name."""
    if name:
        yield f"{name}:"
    match answer:
        case {"labels": labels, "scores": scores}:
            yield from (
                f"  {score:6.1%}  {label}" for label, score in zip(labels, scores, strict=True)
            )
        case {"captions": captions}:
            yield from (f"  {caption['text']}" for caption in captions)
        case {"file": file}:
            yield f"  {file}"
        case _:
            yield from (
                f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in answer.items()
            )


def refuse(name: str, err: GraftError | str, as_json: bool) -> None:
    """Say why there is no answer: on stderr, or as JSON among the answers."""
    if as_json:
        _echo_json({"input": name, "error": str(err)})
    else:
        typer.echo(f"{name}: {err}" if name else str(err), err=True)


def _echo_json(answer: dict[str, Any]) -> None:
    """In a line that is UTF-8 whatever names of files hold; JSON reads back the same name."""
    typer.echo(printable(json.dumps(answer, ensure_ascii=False)))
