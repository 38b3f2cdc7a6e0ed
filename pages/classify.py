"""One photo, many photos, or live video: what is on it, and where."""

from pages._classify import live, many_photos, one_photo
from pages._ui import layout

_ABOUT = (
    "What is on a photo, and where: these networks were trained on a million photos, and "
    "transfer learning starts from what they learned."
)
_ROOMS = {
    "One photo": one_photo.room,
    "Many photos": many_photos.room,
    "Live video": live.room,
}

layout.show_rooms("Upload and classify", _ROOMS, about=_ABOUT, key="mode")
