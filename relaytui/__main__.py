"""`python -m relaytui` is the command `relaytui`."""

from relaytui.cli import main

raise SystemExit(main())
