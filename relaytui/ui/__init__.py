"""Everything that knows Textual."""

import os

# Textual reads it once, at its import. Half its own 60 a second look the same, and over SSH each picture is bytes.
os.environ.setdefault("TEXTUAL_FPS", "30")
