"""The room Which is real?: a true photo and a painted one side by side, for a room to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from core.errors import GraftError
from core.vision.colorization import best_temperature
from core.wording import counted
from pages._colorize import cached
from pages._colorize.picture_choice import Choice, picture_choice
from pages._ui import errors, inputs, widgets
from pages._ui.inputs import NamedPhoto

GAME = "guess_game"
_MOST_ROUNDS = 20
_SMALL_PX = 240


@dataclass(slots=True)
class Game:
    """What a room has decided so far.

    Attributes
    ----------
    of : which photos and which seed it is about.
    order : which photo each round shows.
    real_first : of each round, whether the true photo is the left one.
    answers : of each round that was played, whether the true photo was found.
    is_open : whether the last answer is still being looked at.
    """

    of: tuple
    order: list[int]
    real_first: list[bool]
    answers: list[bool] = field(default_factory=list)
    is_open: bool = False

    @property
    def round(self) -> int:
        """The one on screen, from 0; as many as there are once all are over."""
        return len(self.answers) - self.is_open

    @property
    def fooled(self) -> int:
        """How often the painted photo was taken for the true one."""
        return self.answers.count(False)

    def answer(self, choice: int) -> None:
        """The left (0) or the right (1) is real, says the room."""
        if not self.is_open and self.round < len(self.order):
            self.answers.append((choice == 0) == self.real_first[self.round])
            self.is_open = True

    def go_on(self) -> None:
        """To the next round."""
        self.is_open = False


def new_game(photos: Sequence[NamedPhoto], seed: int) -> Game:
    """Photos in random order, the true one as often at the left as at the right."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(photos))[:_MOST_ROUNDS].tolist()
    left_of_an_odd_number = int(rng.integers(2))
    sides = (np.arange(len(order)) + left_of_an_odd_number) % 2 == 0
    return Game(_identity(photos, seed), order, rng.permutation(sides).tolist())


def room() -> None:
    """The question above, the two pictures below it, as large as the window allows."""
    question, buttons = st.columns([3, 2], vertical_alignment="center")
    buttons = buttons.container(horizontal=True, horizontal_alignment="right")
    with buttons.popover("Photos and seed", icon=":material/tune:"):
        every = inputs.photos_input("game_photos")
        seed = widgets.seed_input(key="game_seed")
        photos, refused = _in_color(every)
    errors.unusable(refused)
    if not photos:
        st.info("The game needs photos in colour.", icon=":material/palette:")
        return
    game: Game | None = st.session_state.get(GAME)
    if game is None or game.of != _identity(photos, seed):
        game = st.session_state[GAME] = new_game(photos, seed)
    if game.round == len(game.order):
        question.markdown(f"## {verdict(game)}")
        _end(game, photos, seed)
        return
    question.markdown(
        f"##### Round {game.round + 1} of {len(game.order)}: which photo is real?\n"
        f"{len(game.answers) - game.fooled} right, {game.fooled} wrong"
    )
    if game.is_open:
        is_last = game.round + 1 == len(game.order)
        buttons.button(
            "The result" if is_last else "Next",
            type="primary",
            icon=":material/arrow_forward:",
            on_click=game.go_on,
        )
    _pair(game, photos[game.order[game.round]])


def verdict(game: Game) -> str:
    """How often the network fooled whoever played, in a sentence."""
    rounds, fooled = len(game.answers), game.fooled
    if rounds == 1:
        return "The network fooled you" if fooled else "The network did not fool you"
    if not fooled:
        return f"The network did not fool you in any of {rounds} rounds"
    if fooled == rounds:
        return f"The network fooled you in all {rounds} rounds"
    return f"The network fooled you in {fooled} of {rounds} rounds"


def _pair(game: Game, photo: NamedPhoto) -> None:
    small = cached.screen_copy(photo.data)
    truth = cached.color_guess(small, False).photo.truth
    painted = cached.paint(small, False, 1.0, best_temperature())
    if truth is None:  # the room asks for photos in colour only
        return
    pair = [(truth, "real"), (painted, "coloured")]
    if not game.real_first[game.round]:
        pair.reverse()
    words = {"real": "Real", "coloured": "Coloured by the network"}
    picture_choice(
        [
            Choice(
                picture,
                words[what] if game.is_open else "",
                letter,
                ("right" if what == "real" else "wrong") if game.is_open else "",
            )
            for (picture, what), letter in zip(pair, "AB", strict=True)
        ],
        columns=2,
        label="Two photos, one of them coloured by the network",
        key="game_pair",
        on_choose=None if game.is_open else game.answer,
        large=True,
    )
    if game.is_open:
        if game.answers[-1]:
            st.success("Right: that one is real.", icon=":material/visibility:")
        else:
            st.warning("Wrong: that one was coloured by the network.", icon=":material/palette:")
    else:
        st.caption("Click the photo that you think is real.")


def _end(game: Game, photos: Sequence[NamedPhoto], seed: int) -> None:
    st.markdown(
        f"{remark(game)} By guessing alone, you would be fooled in half of the rounds on average."
    )
    picture_choice(
        [
            Choice(
                cached.paint(
                    cached.screen_copy(photos[i].data, _SMALL_PX), False, 1.0, best_temperature()
                ),
                "found" if is_right else "fooled",
                mark="right" if is_right else "wrong",
            )
            for i, is_right in zip(game.order, game.answers, strict=True)
        ],
        columns=min(6, len(game.order)),
        label="The coloured photos of all rounds",
        key="game_rounds",
    )
    st.caption("The coloured photos, round by round.")
    st.button(
        "Play again",
        type="primary",
        icon=":material/replay:",
        on_click=lambda: st.session_state.update(game_seed=(seed + 1) % 10_000),
        help="Photos and sides are shuffled. Your own photos make it harder.",
    )


def remark(game: Game) -> str:
    """What the score says beside that of guessing."""
    rounds, fooled = len(game.answers), game.fooled
    if not fooled:
        return "You recognised the real photo every time."
    if fooled == rounds:
        return "You chose the coloured photo as real every time."
    if 2 * fooled < rounds:
        return "You recognised more real photos than by guessing."
    if 2 * fooled == rounds:
        return "You recognised as many real photos as by guessing."
    return "You chose coloured photos as real more often than by guessing."


def _in_color(
    every: Sequence[NamedPhoto],
) -> tuple[list[NamedPhoto], list[tuple[str, GraftError]]]:
    photos, refused = [], []
    for photo in every:
        try:
            if photo.error:
                raise photo.error
            if cached.is_in_color(cached.screen_copy(photo.data)):
                photos.append(photo)
        except GraftError as err:
            refused.append((photo.name, err))
    if skipped := len(every) - len(photos) - len(refused):
        st.caption(f"Excluded: {counted(skipped, 'photo')} without colours.")
    return photos, refused


def _identity(photos: Sequence[NamedPhoto], seed: int) -> tuple:
    return seed, tuple(photo.identity for photo in photos)
