"""`relaytui completion`: the completion script for a shell, on stdout."""

from __future__ import annotations

import argparse

SHELLS = ("bash", "zsh", "fish")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = """\
keep it where your shell looks, and start that again:
  relaytui completion bash > ~/.local/share/bash-completion/completions/relaytui
  relaytui completion zsh > ~/.zfunc/_relaytui      # with fpath+=~/.zfunc before compinit in ~/.zshrc
  relaytui completion fish > ~/.config/fish/completions/relaytui.fish"""
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")


def run(args: argparse.Namespace) -> int:
    """Print the script; `args.whole_parser()` gives every command and option in one tree."""
    import shtab

    parser: argparse.ArgumentParser = args.whole_parser()
    print(shtab.complete(parser, args.shell))  # noqa: T201 - stdout is data
    return 0
