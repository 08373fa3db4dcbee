"""The command line of a study, made from its configuration dataclass by tyro."""

import contextlib
import dataclasses
import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import tyro

from jaxrep.errors import InputError


@dataclass(frozen=True)
class Options:
    """How to run; none of this changes what is computed, beyond rounding."""

    out: Path | None = None
    """Run directory (default: results/<study>/<id of the configuration>)."""
    form: Literal["auto", "map", "vmap"] = "auto"
    """Replicas one after the other (map), side by side (vmap), or as fits (auto)."""
    width: int = 0
    """Replicas in one vmapped group; 0 takes all of a device's."""
    devices: int = 0
    """Number of devices; 0 takes all."""
    fresh: bool = False
    """Train anew, in a folder beside what is there already."""
    dry_run: bool = False
    """Say what it would take (networks, memory, time); nothing is written."""
    launch: Literal["here", "local", "slurm"] = "here"
    """Several runs one after the other here, or each as a job of its own, through submitit: in
    further processes of this machine, or as an array of a Slurm cluster."""
    launch_with: tuple[str, ...] = ()
    """KEY=VALUE for the jobs, as submitit names them: timeout_min=60 slurm_partition=gpu ..."""
    report_to: Path | None = None
    """Write results and page of a finished run here, and nothing into its own directory."""
    style: Literal["screen", "paper"] = "screen"
    """Figures for the page, or at the size of a paper: 3.4 or 7 inches wide, 7 and 8 points."""
    track: Literal["nothing", "tensorboard", "wandb", "mlflow"] = "nothing"
    """Write what was measured for a tracker as well, into tracking/ (extra [track])."""
    keep_programs: bool = True
    """Keep compiled programs for the next command, up to 1 GiB in the user's cache folder."""
    quiet: bool = False
    """Say nothing but errors."""
    part: tyro.conf.Suppress[str] = ""
    arguments: tyro.conf.Suppress[tuple[str, ...]] = ()
    sweep: tyro.conf.Suppress[tuple[tuple[str, tuple], ...]] = ()
    given: tyro.conf.Suppress[tuple[str, ...]] = ()


def parse(
    study: str,
    summary: str,
    config: type,
    presets: Mapping[str, Any],
    arguments: Sequence[str],
    words: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, Any, Options]:
    """Name of the preset, configuration and options from the command line.

    ``--preset NAME`` chooses the defaults, ``--sweep KEY=V1,V2`` one compiled run per value;
    given for several keys, one for each combination.
    Parts of the configuration (its dataclass bases) are groups of options; `words` say what each
    preset is.

    Raises:
      InputError: an unknown option, preset or value, in one line.
    """
    arguments, given_arguments = list(arguments), tuple(arguments)
    part = _take(arguments, "--part") or ""
    preset = _take(arguments, "--preset") or next(iter(presets))
    sweeps = []
    while (sweep := _take(arguments, "--sweep")) is not None:
        sweeps.append(_parse_sweep(sweep, config))
    if preset not in presets:
        raise InputError(f"preset: {preset!r} is not known; allowed are {', '.join(presets)}")
    parts = _parts(config)
    command = dataclasses.make_dataclass("Command", [*parts.items(), ("run", Options)])
    default = command(*(_part(kind, presets[preset]) for kind in parts.values()), Options())
    captured = io.StringIO()
    try:
        with contextlib.redirect_stderr(captured):
            parsed = tyro.cli(
                command,
                default=default,
                args=arguments,
                prog=_program(config),
                description=_description(study, summary, presets, preset, words),
                config=(tyro.conf.OmitArgPrefixes,),
            )
    except SystemExit as stopped:
        if not stopped.code:
            raise
        raise InputError(_one_line(captured.getvalue())) from None
    values = {}
    for name in parts:
        values |= vars(getattr(parsed, name))
    # options alone: a value may have the name of a field, such as --out noise
    words_given = [a.partition("=")[0] for a in arguments if a.startswith("--")]
    flags = {word.removeprefix("--").replace("-", "_") for word in words_given}
    flags |= {flag.removeprefix("no_") for flag in flags}
    given = tuple(name for name in values if name in flags)
    options = dataclasses.replace(parsed.run, given=given)
    if len({key for key, _ in sweeps}) < len(sweeps):
        raise InputError(f"sweep: {sweeps[-1][0]} is given twice")
    options = dataclasses.replace(
        options, sweep=tuple(sweeps), part=part, arguments=given_arguments
    )
    return preset, config(**values), options


def _parts(config: type) -> dict[str, type]:
    """Groups of options by name: the dataclasses that a configuration is made of, or it alone."""
    parts = [base for base in reversed(config.__bases__) if dataclasses.is_dataclass(base)]
    fields = {field.name for part in parts for field in dataclasses.fields(part)}
    if fields < {field.name for field in dataclasses.fields(config)}:
        return {"study": config}
    return {part.__name__.lower(): part for part in parts}


def _part(kind: type, config: Any) -> Any:
    """The part of a configuration that is of that kind."""
    return kind(**{field.name: getattr(config, field.name) for field in dataclasses.fields(kind)})


def _description(
    study: str, summary: str, presets: Mapping[str, Any], preset: str, words: Mapping[str, str]
) -> str:
    lines = [summary, "", f"--preset NAME chooses the defaults (now {preset}):"]
    width = max(map(len, presets))
    lines += [f"  {name:{width}s}  {words.get(name, '')}".rstrip() for name in presets]
    lines += [
        "",
        "--sweep KEY=V1,V2 makes one run per value of an option that takes a single one, and joins "
        "the results; given several times, one per combination. What is written: "
        f"results/{study}/.",
    ]
    return "\n".join(lines)


def _program(config: type) -> str:
    """How a study is called: its configuration is in a package that runs, or in a script."""
    package = config.__module__.rpartition(".")[0]
    return f"python -m {package}" if package else f"python {Path(sys.argv[0]).name}"


def _take(arguments: list[str], flag: str) -> str | None:
    """Remove ``flag value`` or ``flag=value`` and return the value."""
    for index, argument in enumerate(arguments):
        if argument.startswith(f"{flag}="):
            del arguments[index]
            return argument.removeprefix(f"{flag}=")
        if argument == flag:
            if index + 1 == len(arguments):
                raise InputError(f"{flag}: a value is needed")
            del arguments[index]
            return arguments.pop(index)
    return None


def _parse_sweep(text: str, config: type) -> tuple[str, tuple]:
    key, _, values = text.partition("=")
    key = key.replace("-", "_")
    hints = get_type_hints(config)
    if key not in hints or not values:
        raise InputError(f"sweep: {text!r} is not KEY=V1,V2 with KEY one of {', '.join(hints)}")
    hint = hints[key]
    if getattr(hint, "__origin__", None) is tuple:
        raise InputError(f"sweep: {key} is swept by giving it several values: --{key} V1 V2")
    parsed = tuple(_single_value(key, hint, value) for value in values.split(","))
    if len(set(parsed)) < len(parsed):
        raise InputError(f"sweep: {values!r} repeats a value")
    return key, parsed


TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def _single_value(key: str, hint: Any, text: str) -> Any:
    """One value of a swept option, of the option's type.

    Raises:
      InputError: it is not of that type, or not among those that are allowed.
    """
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    if hint is bool:
        if text.lower() in TRUTH:
            return TRUTH[text.lower()]
        raise InputError(f"sweep: {text!r} is no value of {key}; allowed are yes and no")
    if choices:
        for choice in choices:
            if str(choice) == text:
                return choice
        allowed = ", ".join(map(str, choices))
        raise InputError(f"sweep: {text!r} is no value of {key}; allowed are {allowed}")
    kind = next((one for one in get_args(hint) if one is not type(None)), hint)  # T | None is a T
    try:
        return kind(text)
    except ValueError:
        raise InputError(f"sweep: {text!r} is no value of {key} ({kind.__name__})") from None


def _one_line(box: str) -> str:
    """The message inside tyro's box, without frame, examples and advice."""
    rows = [re.sub(r"^[│╭╰]\s?|\s*[│╮╯]$", "", line.strip()) for line in box.splitlines()]
    parts: list[list[str]] = [[]]
    for row in rows:
        if re.fullmatch(r"[─\s]*", row):
            parts.append([])
        elif not row.startswith("─"):
            parts[-1].append(row.strip())
    message, *rest = [" ".join(part) for part in parts if part]
    for part in rest:
        if part.startswith("Perhaps you meant"):
            suggestion = re.search(r"--[\w-]+", part)
            message += f"; perhaps {suggestion[0]} was meant" if suggestion else ""
    return message
