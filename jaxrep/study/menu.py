"""What a study's command line offers. Nothing here imports JAX: help does not wait for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from jaxrep.study.command_line import Options, parse

Config = TypeVar("Config")


@dataclass(frozen=True)
class Menu(Generic[Config]):
    """The part of a `jaxrep.study.Study` that its help and the check of its options need.

    A study is made of it by ``Study(**vars(MENU), build=..., analyse=..., draw=...)``.

    Attributes:
      name: as in ``python -m experiments.<name>``; runs go to ``results/<name>/``.
      summary: one line.
      config: frozen dataclass of plain values; every field is a command-line option.
      presets: named configurations; the first is the default.
      suites: presets of several configurations, ``name -> {label: config}``.
      default: the preset or suite of a command without one; empty is the first preset.
      words: what each preset and suite is, for ``--help``.
    """

    name: str
    summary: str
    config: type[Config]
    presets: Mapping[str, Config]
    suites: Mapping[str, Mapping[str, Config]] = field(default_factory=dict)
    default: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    def parse(self, arguments: Sequence[str]) -> tuple[str, Config, Options]:
        """Name of the preset or suite, its (first) configuration with what is given, and options.

        Raises:
          InputError: an unknown option, preset or value, in one line.
          SystemExit: help was asked for, and printed.
        """
        first = {name: next(iter(runs.values())) for name, runs in self.suites.items()}
        presets = {**self.presets, **first}
        if self.default:
            presets = {self.default: presets[self.default], **presets}
        return parse(self.name, self.summary, self.config, presets, arguments, self.words)


def first_line(documentation: str | None) -> str:
    """The first line of a module's documentation, for `Menu.summary`.

    >>> first_line(Menu.parse.__doc__)
    'Name of the preset or suite, its (first) configuration with what is given, and options.'
    """
    return (documentation or "").strip().partition("\n")[0]
