"""The command line of a study, made from its configuration dataclass by tyro."""

import contextlib
import dataclasses
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

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
    quiet: bool = False
    """Say nothing but errors."""
    sweep: tyro.conf.Suppress[tuple[str, tuple] | None] = None
    given: tyro.conf.Suppress[tuple[str, ...]] = ()


def parse(
    study: str, summary: str, config: type, presets: Mapping[str, Any], arguments: Sequence[str]
) -> tuple[str, Any, Options]:
    """Name of the preset, configuration and options from the command line.

    ``--preset NAME`` chooses the defaults, ``--sweep KEY=V1,V2`` one compiled run per value.

    Raises:
      InputError: an unknown option, preset or value, in one line.
    """
    arguments = list(arguments)
    preset = _take(arguments, "--preset") or next(iter(presets))
    sweep = _take(arguments, "--sweep")
    if preset not in presets:
        raise InputError(f"preset: {preset!r} is not known; allowed are {', '.join(presets)}")
    flat = Annotated[config, tyro.conf.arg(name="")]
    both = dataclasses.make_dataclass(
        "Command", [("config", flat), ("options", Annotated[Options, tyro.conf.arg(name="")])]
    )
    description = (
        f"{summary}\n\n--preset NAME chooses the defaults ({', '.join(presets)}; now {preset}). "
        "--sweep KEY=V1,V2 makes one run per value of an option that is not a number to be "
        "traced, and joins the results."
    )
    captured = io.StringIO()
    try:
        with contextlib.redirect_stderr(captured):
            command = tyro.cli(
                both,
                default=both(presets[preset], Options()),
                args=arguments,
                prog=f"python -m experiments.{study}",
                description=description,
            )
    except SystemExit as stopped:
        if not stopped.code:
            raise
        raise InputError(_one_line(captured.getvalue())) from None
    flags = {a.partition("=")[0].removeprefix("--").replace("-", "_") for a in arguments}
    given = tuple(name for name in get_type_hints(config) if name in flags)
    options = dataclasses.replace(command.options, given=given)
    if sweep is not None:
        options = dataclasses.replace(options, sweep=_parse_sweep(sweep, config))
    return preset, command.config, options


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
    kind = hints[key] if hints[key] in (int, float) else str
    try:
        parsed = tuple(kind(value) for value in values.split(","))
    except ValueError:
        raise InputError(f"sweep: {values!r} are not values of {key} ({kind.__name__})") from None
    if hints[key] not in (int, float, str) and getattr(hints[key], "__origin__", None) is tuple:
        raise InputError(f"sweep: {key} is swept by giving it several values: --{key} V1 V2")
    if len(set(parsed)) < len(parsed):
        raise InputError(f"sweep: {values!r} repeats a value")
    return key, parsed


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
