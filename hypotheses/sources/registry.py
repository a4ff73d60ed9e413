"""The plugs by kind. A new one takes its module, one line here, and its test: docs/how-to/add-a-source.md."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, cast

from hypotheses.sources.base import ConfigError, Limits, Plug

PLUGS: Final[Mapping[str, str]] = {
    "file": "hypotheses.sources.files:FileSource",
    "http": "hypotheses.sources.http:HttpSource",
    "prometheus": "hypotheses.sources.prometheus:PrometheusSource",
    "spark": "hypotheses.sources.spark:SparkSource",
    "sql": "hypotheses.sources.sql:SqlSource",
}
"""Named, not imported: an engine's library is loaded by the process that reads with it, and by no other."""


def open_plug(*, kind: str, config: Mapping[str, Any], secret: str, limits: Limits) -> Plug:
    """The plug of a source, ready to read. `secret` is the secret itself, not a reference.

    Raises:
        ConfigError: no plug of this kind, or a wrong setting.
    """
    if kind not in PLUGS:
        raise ConfigError("kind", f"There is no plug for the kind “{kind}”. There are: {', '.join(PLUGS)}.")
    module, name = PLUGS[kind].split(":")
    return cast(Plug, getattr(import_module(module), name)(config=config, secret=secret, limits=limits))
