"""What Prometheus reads: requests and their latencies, batches, the pool of networks, the jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import engine

REGISTRY = CollectorRegistry()
_REQUESTS = Counter(
    "graft_api_requests", "Requests that were answered", ["route", "status"], registry=REGISTRY
)
_SECONDS = Histogram(
    "graft_api_seconds",
    "From the first byte of a request to the last of its answer",
    ["route"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
    registry=REGISTRY,
)
_BATCHES = (1, 2, 4, 8, 16, 32, float("inf"))
_OTHER = "other"  # addresses that strangers make up must not become labels


class Measured:
    """Counts the requests to an app, and takes their time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = 500, time.perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", _OTHER)
            _REQUESTS.labels(route, status).inc()
            _SECONDS.labels(route).observe(time.perf_counter() - begun)


class _Engine(Collector):
    """The pool and the queue, read when they are asked for."""

    def collect(self) -> Iterator[Metric]:
        """One gauge for each."""
        pool = engine.pool.statistics()
        for name, about, value in (
            ("graft_pool_used_bytes", "Memory that pooled networks take", pool.used),
            ("graft_pool_budget_bytes", "Memory that they may take", pool.budget),
            ("graft_pool_hits", "Networks that were in memory already", pool.hits),
            ("graft_pool_loads", "Networks that were loaded", pool.loads),
            ("graft_pool_evictions", "Networks that had to go", pool.evictions),
        ):
            yield GaugeMetricFamily(name, about, value)
        jobs = GaugeMetricFamily("graft_jobs", "Jobs of visitors and of the API", labels=["state"])
        states = [job.state for job in engine.jobs.jobs()]
        for state in engine.JobState:
            jobs.add_metric([state.value], states.count(state))
        yield jobs
        sizes = engine.batch_sizes()
        buckets = [
            (floatToGoString(most), sum(count for size, count in sizes.items() if size <= most))
            for most in _BATCHES
        ]
        total = sum(size * count for size, count in sizes.items())
        yield HistogramMetricFamily(
            "graft_batch_size", "Inputs of a network that ran together", buckets, total
        )


REGISTRY.register(_Engine())


async def metrics(_request: Request) -> Response:
    """`GET /metrics`, in Prometheus's text format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
