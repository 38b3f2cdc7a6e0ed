"""Film reviews: for or against, which sentences say so, and what transfer buys."""

from pages._sentiment import learning_curves, many_reviews, one_review
from pages._ui import layout

_ROOMS = {
    "One review": one_review.room,
    "Many reviews": many_reviews.room,
    "What transfer buys": learning_curves.room,
}

_ABOUT = (
    "Whether a review is for or against a film, and which sentences say so, by models that "
    "came to reviews with what they had learned from other texts."
)

layout.show_rooms("Film reviews", _ROOMS, about=_ABOUT)
