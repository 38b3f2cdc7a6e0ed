"""DeepDream, what filters see, and activations of a photo layer by layer."""

from pages._dream import dreaming, filter_pictures, layer_by_layer
from pages._ui import layout

_ROOMS = {
    "Dream": dreaming.room,
    "Filters": filter_pictures.room,
    "Layer by layer": layer_by_layer.room,
}

_ABOUT = (
    "What a pretrained network recognises, amplified in a photo: the edges, textures and "
    "parts that transfer to every new task."
)

layout.show_rooms("DeepDream and filters", _ROOMS, about=_ABOUT, key="dream_room")
