"""A task that Graft doesn't have, to see that the table is all that readings of it need."""

from __future__ import annotations

from pydantic import Field

from core.tasks import Answer, Input, Settings, Task


class RepeatSettings(Settings):
    times: int = Field(2, ge=1, le=9, title="Times", description="How often to say it.")


class RepeatAnswer(Answer):
    text: str
    letters: int

    @classmethod
    def of(cls, result):
        return cls(text=result, letters=len(result))


REPEAT = Task(
    name="repeat",
    title="Say it again",
    about="A text, several times over.",
    inputs=(Input("text", "text", "Text"),),
    settings=RepeatSettings,
    function=lambda text, *, times: " ".join([text] * times),
    answer=RepeatAnswer,
)
