"""What the room Train on yours holds for one visitor: recordings, and what was made of them."""

from core.learning.feature_cache import FeatureCache
from core.sound.transfer.training import train
from pages._ui.desk import Desks

DESKS = Desks("own_sounds", train, FeatureCache)
