"""The contributor's tools. `dev.py` is the door to all of them."""
