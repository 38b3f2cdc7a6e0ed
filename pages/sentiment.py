"""Film reviews: for or against, which sentences say so, and what transfer buys."""

from pages._sentiment import many_reviews, one_review, what_transfer_buys
from pages._ui import rooms

_ROOMS = {
    "One review": one_review.room,
    "Many reviews": many_reviews.room,
    "What transfer buys": what_transfer_buys.room,
}

rooms.show("Film reviews", _ROOMS)
