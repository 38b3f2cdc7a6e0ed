"""Film reviews: for or against, which sentences say so, and what transfer buys."""

from pages._sentiment import learning_curves, many_reviews, one_review
from pages._ui import layout

_ROOMS = {
    "One review": one_review.room,
    "Many reviews": many_reviews.room,
    "Gain from transfer": learning_curves.room,
}

_ABOUT = (
    "Whether a review is positive or negative, and which sentences decide it. The models "
    "transfer what they learned from other texts to film reviews."
)

layout.show_rooms("Film reviews", _ROOMS, about=_ABOUT)
