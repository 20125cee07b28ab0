"""The command line: one thin module per verb, loaded when it is used."""

from __future__ import annotations

import importlib
import inspect
import sys
from contextlib import suppress
from difflib import get_close_matches

import click

from twentysync.cli._output import finish, show
from twentysync.version import TESTED_ON, __version__

#: Verb -> (module, first line of its help), so that `--help` loads nothing.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("init", "Write twentysync.yaml, .gitignore, editor schemas and an example CI job."),
    "doctor": ("doctor", "Check both workspaces and report problems; changes nothing."),
    "pull": ("pull", "Read a workspace into manifests."),
    "validate": ("validate", "Check the manifests without any server."),
    "plan": ("plan", "Show what would change in the target."),
    "show": ("show", "Show a saved plan again, offline."),
    "apply": ("apply", "Apply a plan to the target."),
    "diff": ("diff", "Compare any two of: manifests, workspaces, saved plans."),
    "members": ("members", "Show who has joined the target, and which records wait for whom."),
    "login": ("login", "Sign in as a person, for actions that API keys may not perform."),
    "records": ("records", "Move records, and verify that nothing is missing."),
    "verify": ("verify", "Compare configuration and records by a second, independent look."),
    "cutover": ("cutover", "Move the last records, then activate the workflows."),
    "migrate": ("migrate", "Run a whole migration; stops where a person must decide."),
    "report": ("report", "Write the migration checklist, with evidence for each line."),
    "log": ("log", "Show who changed which workspace, when, and with what result."),
    "coverage": ("coverage", "Show what is carried from a workspace, and why the rest is not."),
    "schema": ("schema", "Print JSON Schemas of manifests, plans and twentysync.yaml."),
    "sandbox": ("sandbox", "Run an embedded Twenty-compatible server for rehearsals."),
}
_USAGE = 64
_NO_SANDBOX = "the embedded server is an extra: pip install 'twentysync[sandbox]'"


class _Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of a migration."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the module of a verb."""
        del ctx
        if name not in VERBS:
            return None
        try:
            module = importlib.import_module(f"twentysync.cli.{VERBS[name][0]}")
        except ModuleNotFoundError as fault:
            if not (fault.name or "").startswith("werkzeug"):
                raise
            raise click.ClickException(_NO_SANDBOX) from fault
        command = getattr(module, name)
        assert isinstance(command, click.Command)
        _examples_last(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; suggest a similar one for a typo."""
        near = get_close_matches(args[0], VERBS, n=1)
        if args[0] not in VERBS and near:
            ctx.fail(f"there is no command {args[0]!r}, did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


def _examples_last(command: click.Command) -> None:
    """Let a help text end with its examples, below the options."""
    help_text = inspect.cleandoc(command.help or "")
    text, mark, examples = help_text.partition("\b\nExamples:")
    if mark:
        command.help, command.epilog = text.rstrip(), mark + examples
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _examples_last(inner)


@click.group(
    cls=_Verbs,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "TWENTYSYNC",
        "max_content_width": 100,
    },
)
@click.version_option(
    __version__,
    prog_name="twentysync",
    message=f"%(prog)s, version %(version)s (tested on Twenty {', '.join(TESTED_ON)})",
)
def cli() -> None:
    """Terraform for Twenty CRM workspaces, and the mover of their records.

    \b
    A migration, from an empty folder:
      twentysync init && twentysync doctor
      twentysync pull && twentysync plan && twentysync apply
      twentysync records pull && twentysync records push && twentysync records verify
    """


def main() -> None:
    """Run the command line. Exits with the codes of the product's table; usage errors are 64."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(finish(_code()))


def _code() -> int:
    try:
        code = cli.main(prog_name="twentysync", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        show("Aborted.", err=True)
        return 130
    except click.ClickException as fault:
        with suppress(OSError):
            fault.show()
        return _USAGE
    return code if isinstance(code, int) else 0
