"""Where a network comes from, in words."""

from __future__ import annotations

import streamlit as st

from core import zoo
from core.zoo import sources
from core.zoo.spec import ImageNetworkSpec, NetworkSpec


def model_card(spec: NetworkSpec) -> None:
    """What is known of a network: task, origin, licence, published accuracy, weights."""
    state = "on this machine" if zoo.is_on_disk(spec) else "not on this machine"
    rows = [
        ("Family", spec.family),
        ("For", {"image": "photos", "text": "text", "sound": "sound"}[spec.modality]),
        ("Parameters", f"{spec.parameters:,}" if spec.parameters else "not stated"),
        ("Licence of the weights", spec.licence),
        ("Weights from", f"{sources.describe(spec.weights)} ({state})"),
        ("Described in", spec.reference),
    ]
    if isinstance(spec, ImageNetworkSpec):
        rows[3:3] = _image_rows(spec)
    if spec.note:
        rows.append(("Note", spec.note))
    head, *others = (f"| **{name}** | {text} |" for name, text in rows)
    st.markdown("\n".join([head, "|---|---|", *others]))


def precision_text(precision: str) -> str:
    """The type of the products, in words."""
    names = {"f32": "32-bit floats", "bf16": "bfloat16", "f16": "16-bit floats"}
    return names.get(precision, precision)


def preprocessing_text(spec: ImageNetworkSpec) -> str:
    """What happens to a photo before the network, as a sentence."""
    steps = spec.preprocessing
    low, high = steps.value_range
    parts = [
        f"the largest centred square, resampled to {spec.input_size} x {spec.input_size} px "
        "(bicubic)",
        f"channels in the order {steps.channels}",
    ]
    if steps.mean != (0.0,) * 3 or steps.scale != (1.0,) * 3:
        mean = ", ".join(f"{value:g}" for value in steps.mean)
        scale = ", ".join(f"{value:g}" for value in steps.scale)
        parts.append(f"(x - [{mean}]) / [{scale}]")
    parts.append(f"values from {low:.3g} to {high:.3g}")
    return "; ".join(parts)


def _image_rows(spec: ImageNetworkSpec) -> list[tuple[str, str]]:
    rows = [("A photo becomes", preprocessing_text(spec))]
    if spec.published:
        top5 = f", top-5 {spec.published.top5:.1%}" if spec.published.top5 else ""
        rows.append(
            (
                "Published accuracy",
                f"top-1 {spec.published.top1:.1%}{top5} on {spec.published.data} "
                f"([source]({spec.published.source})); not measured here",
            )
        )
    return rows
