"""Photos to start with, from packages that are installed anyway."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """A photo that comes with a package. `credit` names its maker and licence."""

    name: str
    package: str
    member: str
    credit: str

    @property
    def photo(self) -> bytes:
        """The encoded photo."""
        return packaged_file(self.package, self.member)


SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample("Coffee", "skimage", "data/coffee.png", "by Rachel Michetti, CC0"),
        Sample("Cat", "skimage", "data/chelsea.png", "Chelsea, by Stéfan van der Walt, CC0"),
        Sample("Palace", "sklearn", "datasets/images/china.jpg", "by danielbuechele, CC BY 2.0"),
        Sample("Flower", "sklearn", "datasets/images/flower.jpg", "by vultilion, CC BY 2.0"),
        Sample("Rocket", "skimage", "data/rocket.jpg", "by SpaceX, CC0"),
        Sample("Astronaut", "skimage", "data/astronaut.png", "by NASA, public domain"),
    )
}
"""Those of scikit-image and scikit-learn in colour; credits as these state them."""

CAMERAMAN = Sample("Cameraman", "skimage", "data/camera.png", "by Lav Varshney, CC0")
"""Grey from the beginning."""


@cache
def packaged_file(package: str, member: str) -> bytes:
    """A file of an installed package, by its path inside."""
    # found without importing the package, which takes half a second
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No package named {package!r}", name=package)
    return (Path(spec.submodule_search_locations[0]) / member).read_bytes()
