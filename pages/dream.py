"""DeepDream, what filters see, and activations of a photo layer by layer."""

from pages._dream import dreaming, filter_pictures, layer_by_layer
from pages._ui import layout

_ROOMS = {
    "Dream": dreaming.room,
    "What filters see": filter_pictures.room,
    "Layer by layer": layer_by_layer.room,
}

_ABOUT = (
    "What a network has learned to see, drawn into a photo: the edges, textures and parts that "
    "it carries over to every new task."
)

layout.show_rooms("DeepDream and filters", _ROOMS, about=_ABOUT, key="dream_room")
