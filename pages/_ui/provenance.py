"""Where a network comes from, in words."""

from __future__ import annotations

import re

import streamlit as st

from core import zoo
from core.wording import escaped
from core.zoo import sources
from core.zoo.assets import ShippedSpec
from core.zoo.spec import ImageNetworkSpec, NetworkSpec, TextEncoderSpec
from pages._ui import saved_classifiers
from pages._ui.numbers import percent

_CLASSES = 12


def model_card(spec: NetworkSpec) -> None:
    """What is known of a network: task, origin, licence, published accuracy, weights."""
    state = "on this machine" if zoo.is_on_disk(spec) else "not on this machine"
    rows = [
        ("Family", spec.family),
        ("Input", {"image": "photos", "text": "text", "sound": "sound"}[spec.modality]),
        ("Parameters", f"{spec.parameters:,}" if spec.parameters else "not stated"),
        ("Licence of the weights", spec.licence),
        ("Weights from", f"{sources.describe(spec.weights)} ({state})"),
    ]
    if spec.reference:
        rows.append(("Reference", spec.reference))
    if isinstance(spec, ImageNetworkSpec):
        rows[3:3] = _image_rows(spec)
    elif isinstance(spec, TextEncoderSpec):
        rows[3:3] = _encoder_rows(spec)
    elif isinstance(spec, ShippedSpec):
        rows[2:2] = _training_rows(spec)
    if isinstance(spec, zoo.SavedImageNetwork | zoo.SavedClassifier):
        rows[2:2] = _saved_rows(spec)
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
        top5 = f", top-5 {percent(spec.published.top5)}" if spec.published.top5 else ""
        rows.append(
            (
                "Published accuracy",
                f"top-1 {percent(spec.published.top1)}{top5} on {spec.published.data} "
                f"([source]({spec.published.source})); not measured here",
            )
        )
    return rows


def _saved_rows(spec: zoo.SavedImageNetwork | zoo.SavedClassifier) -> list[tuple[str, str]]:
    names = spec.labels.names
    more = f" and {len(names) - _CLASSES:,} more" if len(names) > _CLASSES else ""
    return [
        ("Classes", ", ".join(map(escaped, names[:_CLASSES])) + more),
        ("Evaluation", f"{saved_classifiers.evaluation(spec)}; measured here"),
    ]


def _encoder_rows(spec: TextEncoderSpec) -> list[tuple[str, str]]:
    if not spec.builder:
        return []  # a module of TF-Hub, of which nothing is known before it is loaded
    languages = len(spec.languages)
    reads = ", ".join(spec.languages) if languages > 1 else "English"
    return [
        ("A text becomes", f"a vector of {spec.dimension:,} numbers"),
        ("Maximum length", f"{spec.max_tokens:,} tokens of a text"),
        ("Languages", f"{languages}: {reads}" if languages > 1 else reads),
    ]


def _training_rows(spec: ShippedSpec) -> list[tuple[str, str]]:
    """Of a network of our own, what its card says: what for, how good, made of what and how."""
    card = spec.card
    made = ", ".join(f"{k} {v}" for k, v in card["made"].items() if k not in ("date", "processor"))
    rows = [
        ("Task", card.get("task", "")),
        ("Metrics, recorded by the recipe", _metrics_text(card)),
        ("Data", _with_short_links(card.get("data", ""))),
        ("Trained", card.get("learned", "")),
        ("Split", card.get("split", "")),
        ("Seed", str(card["seed"]) if "seed" in card else ""),
        ("Recipe", f"`{card['recipe']}`" if "recipe" in card else ""),
        ("Made", f"{card['made']['date']} on {card['made']['processor']} with {made}"),
    ]
    return [(name, text) for name, text in rows if text]


def _with_short_links(text: str) -> str:
    """A bare address is one long word, wider than a telephone."""
    return re.sub(r"https?://([^/\s]+)[^\s,;]*", r"[\1](\g<0>)", text)


def _metrics_text(card: dict) -> str:
    """Figures as the recipe measured them; those with parts of their own are left to pages."""
    shares = ("accuracy", "macro_f1")
    units = {"reviews_per_s": "reviews/s"}
    names = {"auc": "AUC", "macro_f1": "macro F1", "cider": "CIDEr", "meteor": "METEOR"}
    names |= {f"bleu_{order}": f"BLEU-{order}" for order in range(1, 5)}
    parts = []
    for name, value in card.get("metrics", {}).items():
        if isinstance(value, dict | list) or name in ("tested", "explained", "photos"):
            continue
        if name in units:
            parts.append(f"{value:,.0f} {units[name]}")
        else:
            text = percent(value) if name in shares else f"{value:.4g}"
            parts.append(f"{names.get(name, name.replace('_', ' '))} {text}")
    tested = card.get("metrics", {}).get("tested")
    return "; ".join(parts) + (f"; on {tested:,} test examples" if tested else "")
