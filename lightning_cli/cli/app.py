"""The root command: a table of commands, each loaded only when it is named.

Building every command's options would make each run a third slower, so the root knows their names and first lines
from a table; a test compares the table with the commands.
"""

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, Any, cast

import typer
import typer.core
import typer.main
from typer._click.core import ParameterSource

from lightning_cli import __version__
from lightning_cli.cli.names import COMMANDS, MODULES, PROGRAM
from lightning_cli.errors import ExitCode

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


_SHELL_OPTIONS = frozenset({"--install-completion", "--show-completion"})


class LazyGroup(typer.core.TyperGroup):
    """A group that imports a command's module when the command is named, and not before."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; the options that name a shell may stand without one."""
        if args and args[0] in _SHELL_OPTIONS:
            args = [f"{args[0]}={args[1] if len(args) > 1 else 'auto'}", *args[2:]]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; without one, show the help."""
        done = super().invoke(ctx)
        if ctx.invoked_subcommand is None:
            typer.echo(ctx.get_help(), err=True)
            ctx.exit(ExitCode.USAGE)
        return done

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the framework's signature
        """Return the names of the commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the framework's signature
        """Return one command, loaded now; None for an unknown name."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the framework's signature
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


class _Option(typer.core.TyperOption):
    """An option that Typer makes when more is asked of it than the parser does: of seventy, a run sets three.

    One that nothing sets takes its default at once, which no callback has to check.
    """

    count, nargs, callback, convert = False, 1, None, None

    def __init__(self, name: str, declared: typer.models.OptionInfo, default: Any, kind: Any) -> None:
        self._about = name, declared, default, kind
        # Of what may be None, the type stands first.
        kind = kind.__args__[0] if isinstance(kind, UnionType) else kind
        flags = [flag.partition("/") for flag in (str(declared.default), *(declared.param_decls or ()))]
        self.name, self.default = name, default
        self.opts = [flag for flag, _, _ in flags]
        self.secondary_opts = [flag for _, _, flag in flags if flag]
        self.is_flag = self.is_bool_flag = kind is bool
        self._depr_flag_value = self.is_flag or None
        self.multiple = getattr(kind, "__origin__", None) is list
        self.envvar, self.is_eager = declared.envvar, declared.is_eager
        self.required = default is inspect.Parameter.empty

    def _make(self) -> None:
        self.__dict__.update(_declared(*self._about).__dict__)

    def __getattr__(self, name: str) -> Any:
        """Return what only Typer knows of the option, made now."""
        if "type" in self.__dict__:
            raise AttributeError(name)
        self._make()
        return getattr(self, name)

    def handle_parse_result(self, ctx: Any, opts: Any, args: list[str]) -> Any:
        """Return the value, with what is left of the arguments."""
        if (
            self.name in opts
            or self.envvar in ctx.variables
            # Where no file sets anything the map is empty; before the first look at the file there is none.
            or ctx.default_map != {}
            or self.required
        ):
            return super().handle_parse_result(ctx, opts, args)
        ctx.params[self.name] = self.default
        ctx.set_parameter_source(self.name, ParameterSource.DEFAULT)
        return self.default, args


class _Command(typer.core.TyperCommand):
    """A command of one function, without the group that Typer would put around it.

    Options with a usual value may stand without one; another value comes behind ``=``.
    """

    def __init__(self, name: str, function: Any) -> None:
        self._context_name: str | None = None
        super().__init__(
            name,
            context_settings=CONTEXT_SETTINGS,
            callback=function,
            params=list(self._parameters_of(function)),
            help=inspect.getdoc(function),
            rich_markup_mode=None,
        )

    def _parameters_of(self, function: Any) -> Iterator[Any]:
        """Make the parameters; the one that takes the context is none, and its name is kept."""
        if hasattr(function, "options"):
            self._context_name = "ctx"
            for name, annotation, default in function.options():
                (declared,) = annotation.__metadata__
                is_option = isinstance(declared, typer.models.OptionInfo)
                yield (_Option if is_option else _declared)(name, declared, default, annotation.__origin__)
            return
        _annotate(function)
        for about in typer.utils.get_params_from_function(function).values():
            if about.annotation is typer.Context:
                self._context_name = about.name
            else:
                yield _made(about)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, with the usual values put in as far as the options go."""
        end = args.index("--") if "--" in args else len(args)
        ctx.has_dashes = end < len(args)
        return super().parse_args(ctx, [_USUAL.get(one, one) for one in args[:end]] + args[end:])

    def invoke(self, ctx: Any) -> Any:
        """Run the function with its values as Typer converts them, and with the context if it takes one."""
        values = dict(ctx.params)
        for one in self.params:
            if (convert := getattr(one, "convert", None)) is not None:
                values[one.name] = convert(values[one.name])
        if self._context_name is not None:
            values[self._context_name] = ctx
        return ctx.invoke(self.callback, **values)


def _declared(name: str, declared: typer.models.ParameterInfo, default: Any, kind: Any) -> Any:
    """Make a parameter of ours with Typer."""
    from lightning_cli.cli.options import with_default

    about = with_default(declared, ... if default is inspect.Parameter.empty else default)
    return _made(typer.models.ParamMeta(name=name, default=about, annotation=kind))


def _made(about: typer.models.ParamMeta) -> Any:
    """Make a parameter with Typer; its ``convert`` turns a value into what the function takes, or is None."""
    made: Any
    made, made.convert = typer.main.get_click_param(about)
    return made


def _annotate(function: Any) -> None:
    """Replace the annotations of our options in a function by typing's own."""
    for name, about in function.__annotations__.items():
        if hasattr(about, "__metadata__"):
            function.__annotations__[name] = Annotated[about.__origin__, *about.__metadata__]


_USUAL = {"--stats": "--stats=summary"}


def load_command(name: str) -> Any:
    """Build one command from its module."""
    from lightning_cli.system import trace

    started = trace.now()
    module = importlib.import_module(f"lightning_cli.cli.commands.{MODULES.get(name, name)}")
    # A module with subcommands has their group.
    app = getattr(module, "app", None)
    if app is None:
        command: Any = _Command(name, getattr(module, name))
    else:
        for one in (app.registered_callback, *app.registered_commands):
            _annotate(one.callback)
        command = typer.main.get_command(app)
        command.name = name
    if name != "config":  # which must work whatever the file holds
        from lightning_cli.cli.settings_context import SettingsContext

        for leaf in getattr(command, "commands", {name: command}).values():
            leaf.context_class = SettingsContext
    trace.mark(trace.COMMAND, started)
    return with_sections(command)


def with_sections(command: Any) -> Any:
    """Return a command that, like those below it, shows its help as help.py has it."""
    command.format_options = functools.partial(_format_options, command)
    command.format_epilog = functools.partial(_format_epilog, command)
    command.collect_usage_pieces = functools.partial(_usage_pieces, command.collect_usage_pieces)
    if not hasattr(command, "list_commands"):
        command.params.append(_help_all())
    for below in getattr(command, "commands", {}).values():
        with_sections(below)
    return command


def _format_options(command: Any, ctx: Any, formatter: Any) -> None:
    from lightning_cli.cli.help import format_options

    format_options(command, ctx, formatter)


def _format_epilog(command: Any, ctx: Any, formatter: Any) -> None:
    from lightning_cli.cli.help import format_epilog

    format_epilog(command, ctx, formatter)


def _usage_pieces(pieces_of: Any, ctx: Any) -> list[str]:
    # The framework puts required arguments into braces, which is not usual.
    return [piece.strip("{}") for piece in pieces_of(ctx)]


def _help_all() -> Any:
    """Return the option that shows every option; ``--help`` shows what most need."""
    return _acting("--help-all", _show_all, "Show every option and exit.", is_flag=True)


def _acting(flag: str, act: Callable[[Any, Any, Any], None], text: str, **about: Any) -> Any:
    """Return an option that acts and ends the command."""
    return typer.core.TyperOption(
        param_decls=[flag], expose_value=False, is_eager=True, help=text, callback=act, **about
    )


def _show_all(ctx: Any, _option: Any, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        ctx.shows_all = True
        typer.echo(ctx.get_help())
        ctx.exit()


def root_command() -> Any:
    """Build the root; Typer, which would read it off a function, takes 2 ms for that."""
    group = LazyGroup(
        name="",
        invoke_without_command=True,
        context_settings=CONTEXT_SETTINGS,
        params=[
            _acting("--version", _show_version, "Show the version.", is_flag=True),
            _acting("--install-completion", _install_completion, _INSTALL, metavar="[SHELL]"),
            _acting("--show-completion", _show_completion, "Print what would be installed.", metavar="[SHELL]"),
        ],
        help=_HELP,
        rich_markup_mode=None,
    )
    return with_sections(group)


_INSTALL = "Install completion for the shell that runs this, or another."
_HELP = """Turn text into speech in a terminal, a pipe or a script.

For example:

  lightning-tts say "Hello from the terminal"

  lightning-tts say --help"""


def _show_version(ctx: Any, _option: Any, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


def _install_completion(ctx: Any, _option: Any, shell: str | None) -> None:
    if shell is not None:
        from lightning_cli.cli.completion.completion_install import install
        from lightning_cli.cli.terminal.console import Console

        install(shell, Console())
        ctx.exit()


def _show_completion(ctx: Any, _option: Any, shell: str | None) -> None:
    if shell is not None:
        from lightning_cli.cli.commands.completion import completion
        from lightning_cli.cli.completion.completion_install import shell_named

        completion(cast("Any", shell_named(shell)))
        ctx.exit()
