"""One photo, many photos, or live video: what is on it, and where."""

from pages._classify import live, many_photos, one_photo
from pages._ui import layout

_ABOUT = (
    "What is on a photo, and where: networks that learned from a million photos know, and all "
    "transfer begins with what they know."
)
_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "Live video": live.room,
}

layout.show_rooms("Upload and classify", _ROOMS, about=_ABOUT, key="mode")
