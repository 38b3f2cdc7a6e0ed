"""The parts of the page for backbones."""
