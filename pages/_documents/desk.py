"""What the room Train on yours holds for one visitor: texts, and the classifier made of them."""

from core.learning.feature_cache import FeatureCache
from core.text.transfer.training import train
from pages._ui.desk import Desks

DESKS = Desks("documents", train, FeatureCache)
