"""Everything that knows Textual."""

import os

# Textual reads it once, at its import. A key whose effect has to wait for the next picture is felt at fewer a second,
# but over SSH each picture is bytes, and the way there is what is felt.
os.environ.setdefault("TEXTUAL_FPS", "30" if "SSH_CONNECTION" in os.environ else "60")
