"""Packages that come with an extra of the installation."""

from contextlib import contextmanager


@contextmanager
def extra(name: str):
    """Around imports: a missing package becomes one line that says how to get it.

    Raises:
      ValueError: the package is not installed.

    >>> with extra("faces"):
    ...     import no_such_package
    Traceback (most recent call last):
    ValueError: no_such_package is not installed: pip install -e '.[faces]'
    """
    try:
        yield
    except ImportError as error:
        package = (error.name or str(error)).partition(".")[0]
        raise ValueError(f"{package} is not installed: pip install -e '.[{name}]'") from None
