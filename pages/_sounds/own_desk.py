"""What the room Train on yours holds for one visitor: recordings, and what was made of them."""

from core.sound.transfer.training import KnownSounds, train
from pages._ui.desk import Desks

DESKS = Desks("own_sounds", train, KnownSounds)
