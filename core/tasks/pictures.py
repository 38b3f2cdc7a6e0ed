"""Tasks that make something of a photo: sentences, colours, a style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from core.optvis.stylize_now import stylize_now
from core.tasks.photos import PHOTO
from core.tasks.task import (
    Answer,
    Input,
    Number,
    Pixels,
    Settings,
    Task,
    Usual,
    listed,
    table_files,
)
from core.vision.captioning import DEFAULT_WIDTH, MOST_WIDTH, caption
from core.vision.colorization import MOST_SATURATION, ColorHint, colorize

STYLE = Input("style", "photo", "Style")
STYLES = Input("others", "photos", "Further styles, to mix with the first", optional=True)
Blend = Annotated[
    list[Annotated[float, Field(ge=0, le=1)]],
    Field(
        max_length=4,
        title="Shares of the styles",
        description="A number for each style, the first one included; equal by default.",
    ),
]
_TEMPERATURES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
_SHARE = r"(0(\.\d+)?|1(\.0+)?)"
_HINT = rf"^{_SHARE},{_SHARE},[0-9A-Fa-f]{{6}}(,([1-9]\d?|100))?$"


class CaptionSettings(Settings):
    beam_width: int = Field(
        DEFAULT_WIDTH,
        ge=1,
        le=MOST_WIDTH,
        title="Beam width",
        description=(
            "How many unfinished captions are kept from word to word, and so many come back. 1 is "
            "greedy decoding: the most probable word each time."
        ),
    )
    length_penalty: Annotated[float | None, Usual(step=0.1)] = Field(
        None,
        ge=0,
        le=2,
        title="Length penalty",
        description=(
            "0 ranks captions by their probability, which favours short ones; 1 by the mean "
            "log-probability of their words. The value that was best in validation by default."
        ),
    )
    temperature: Annotated[float, Usual(step=0.1)] = Field(
        1.0,
        ge=0.2,
        le=3,
        title="Temperature",
        description=(
            "Above 1 the probabilities of the words move closer together, below 1 further apart. "
            "With a beam of 1 the caption is the same at any temperature, since the order of the "
            "words stays."
        ),
    )


class CaptionStepAnswer(Answer):
    word: str
    log_probability: Number


class CaptionAnswer(Answer):
    text: str
    log_probability: Number
    score: Number
    steps: list[CaptionStepAnswer]
    is_finished: bool


class CaptionsAnswer(Answer):
    captions: list[CaptionAnswer]

    @classmethod
    def of(cls, result: object) -> CaptionsAnswer:
        return cls.model_validate({"captions": result})


CAPTION = Task(
    name="caption",
    title="Describe a photo",
    about="Sentences about a photo, the best first.",
    inputs=(PHOTO,),
    settings=CaptionSettings,
    function=caption,
    answer=CaptionsAnswer,
    files=table_files(lambda captions: listed(captions[:1], "text", "log_probability")),
)


class PictureAnswer(Answer):
    """A picture as a PNG in Base64; ask for image/png to get it as it is."""

    width: int
    height: int
    png: Pixels

    @classmethod
    def of(cls, result: object) -> PictureAnswer:
        if not isinstance(result, np.ndarray):
            raise TypeError(f"Expected a picture. Received: {type(result).__name__}.")
        height, width = result.shape[:2]
        return cls.model_validate({"width": width, "height": height, "png": result})


class ColorizeSettings(Settings):
    saturation: Annotated[float, Usual(step=0.05)] = Field(
        1.0,
        ge=0,
        le=MOST_SATURATION,
        title="Saturation",
        description="How colourful the result is; 0 is grey.",
    )
    temperature: Annotated[float | None, Usual(options=_TEMPERATURES, is_falling=True)] = Field(
        None,
        gt=0,
        le=1,
        title="Temperature, from safe to vivid",
        description=(
            "At 1 each place gets the mean of its probable colours, which is safe and pale. Lower "
            "values favour single and rarer colours: more vivid, and sometimes patchy. The value "
            "that was best in validation by default."
        ),
    )
    hints: list[Annotated[str, Field(pattern=_HINT)]] = Field(
        [],
        max_length=64,
        title="Hints",
        description=(
            "Colours at places, each as X,Y,RRGGBB or X,Y,RRGGBB,REACH: shares of the width and "
            "of the height in 0..1, the colour in hexadecimal, and how far it spreads in 1..100."
        ),
    )
    denoise: bool = Field(
        False,
        title="Remove grain",
        description="By non-local means, adapted to the grain in the photo.",
    )


def _colorize(
    photo: bytes,
    *,
    saturation: float,
    temperature: float | None,
    hints: Sequence[str],
    denoise: bool,
) -> np.ndarray:
    return colorize(
        photo,
        saturation=saturation,
        temperature=temperature,
        hints=[_hint(text) for text in hints],
        denoise=denoise,
    )


def _hint(text: str) -> ColorHint:
    x, y, color, *reach = text.split(",")
    red, green, blue = bytes.fromhex(color)
    more = {"reach": float(reach[0])} if reach else {}
    return ColorHint(float(x), float(y), (red, green, blue), **more)


def hint_text(hint: ColorHint) -> str:
    """A hint as the setting has it."""
    return f"{hint.x:g},{hint.y:g},{bytes(hint.rgb).hex()},{hint.reach:.0f}"


COLORIZE = Task(
    name="colorize",
    title="Colour a photo",
    about="Colours that a grey photo may have had.",
    inputs=(PHOTO,),
    settings=ColorizeSettings,
    function=_colorize,
    answer=PictureAnswer,
    picture=lambda pixels: pixels,
)


class StylizeSettings(Settings):
    strength: Annotated[float, Usual(step=0.05)] = Field(
        1.0, ge=0, le=1, title="Strength", description="0 is the photo, 1 all of the style."
    )
    size: Annotated[int, Usual(low=128, step=32)] = Field(
        384, ge=64, le=1024, title="Longer side, px"
    )
    keep_colors: bool = Field(False, title="Keep the photo's colours")
    blend: Blend = Field([])


def _stylize(
    photo: bytes, style: bytes, others: Sequence[bytes] | None, **settings: Any
) -> np.ndarray:
    return stylize_now(photo, style, others=others or (), **settings)


STYLIZE = Task(
    name="stylize",
    title="Stylise a photo at once",
    about="A photo in the style of a painting, by a network that has seen many styles.",
    inputs=(PHOTO, STYLE, STYLES),
    settings=StylizeSettings,
    function=_stylize,
    answer=PictureAnswer,
    picture=lambda pixels: pixels,
)
