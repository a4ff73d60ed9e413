"""How the processes speak: one line an event, on standard error, with level and place."""

from typing import Any


def logging_config(level: str) -> dict[str, Any]:
    """The logging set-up for one level (`DEBUG` … `ERROR`)."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "config": {"level": level},
            "features": {"level": level},
            "hypotheses": {"level": level},
            "lifecycle": {"level": level},
            "django": {"level": "INFO" if level == "DEBUG" else "WARNING"},
            "waitress.queue": {"level": "ERROR"},
        },
    }
