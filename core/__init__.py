"""The engine room of Graft: pretrained networks, and what can be done with them."""
