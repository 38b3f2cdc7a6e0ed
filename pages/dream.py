"""DeepDream, what filters see, and activations of a photo layer by layer."""

from pages._dream import dreaming, filter_pictures, layer_by_layer
from pages._ui import layout

_ROOMS = {
    "Dream": dreaming.room,
    "What filters see": filter_pictures.room,
    "Layer by layer": layer_by_layer.room,
}

layout.show_rooms("DeepDream and filters", _ROOMS, key="dream_room")
