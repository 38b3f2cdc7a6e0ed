"""DeepDream, what filters see, and activations of a photo layer by layer."""

from pages._dream import dreaming, filters_seen, layer_by_layer
from pages._ui import rooms

_ROOMS = {
    "Dream": dreaming.room,
    "What filters see": filters_seen.room,
    "Layer by layer": layer_by_layer.room,
}

rooms.show("DeepDream and filters", _ROOMS, key="dream_room")
