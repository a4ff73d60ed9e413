"""`make bench`: every benchmark that needs no service, each figure beside its bound. Nothing here is a timed test."""

import importlib
import pkgutil

import tests.benchmarks as room


def main() -> None:
    for module in sorted(name for _, name, _ in pkgutil.iter_modules(room.__path__) if name.startswith("bench_")):
        print(f"\n== {module}")
        importlib.import_module(f"tests.benchmarks.{module}").main()


if __name__ == "__main__":
    main()
