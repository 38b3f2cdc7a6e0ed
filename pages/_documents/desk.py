"""What the room Train on yours holds for one visitor: texts, and the classifier made of them."""

from core.text.transfer.training import KnownVectors, train
from pages._ui.desk import Desks

DESKS = Desks("documents", train, KnownVectors)
