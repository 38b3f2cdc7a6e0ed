"""Style transfer: the content of one photo with the look of another picture."""

from core.optvis.stylize_now import is_ready
from pages._style import at_once, by_module, by_optimisation, grid
from pages._ui import layout

_ROOMS = {
    **({"At once": at_once.room} if is_ready() else {}),
    "By optimisation": by_optimisation.room,
    "Nine variants": grid.room,
    "TF-Hub": by_module.room,
}

_ABOUT = (
    "A photo in the style of another picture: the features that a network learned from "
    "photos separate content from style, without further training."
)

layout.show_rooms("Style transfer", _ROOMS, about=_ABOUT, key="style_room")
