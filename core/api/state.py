"""What the server is and has: routes beside those of tasks."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from core import engine, zoo

router = APIRouter(tags=["server"])


class Memory(BaseModel):
    used_bytes: int
    budget_bytes: int


class Health(BaseModel):
    status: str
    device: str
    memory: Memory


class Backbone(BaseModel):
    name: str
    title: str
    input_size: int
    parameters: int | None
    classes: int | None
    published_top1: float | None
    licence: str
    on_disk: bool


class Backbones(BaseModel):
    backbones: list[Backbone]


@router.get("/health", summary="State of the server")
async def health() -> Health:
    """That the server answers, and what it holds in memory."""
    pool = engine.pool.statistics()
    memory = Memory(used_bytes=pool.used, budget_bytes=pool.budget)
    return Health(status="ok", device=engine.device(), memory=memory)


@router.get("/backbones", summary="Image networks")
def backbones() -> Backbones:
    """The image networks, and which can be used now."""
    rows = [
        Backbone(
            name=spec.name,
            title=spec.title,
            input_size=spec.input_size,
            parameters=spec.parameters,
            classes=spec.classes,
            published_top1=spec.published.top1 if spec.published else None,
            licence=spec.licence,
            on_disk=zoo.is_on_disk(spec),
        )
        for spec in zoo.networks()
        if isinstance(spec, zoo.ImageNetworkSpec)
    ]
    return Backbones(backbones=rows)
