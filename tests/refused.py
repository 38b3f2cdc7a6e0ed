"""What tests ask of every refusal of the web API."""

from __future__ import annotations

from typing import Any


def refused(answer: Any, status: int) -> str:
    """The sentence of a refusal, by whichever HTTP client it came."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    detail: str = problem["detail"]
    assert detail == problem["error"]
    assert detail.endswith((".", "?")) or ": graft fetch " in detail, detail
    assert "Traceback" not in detail
    return detail
