"""`make bench`: every benchmark, each figure beside its bound; or those that are named. Nothing here is a timed test.

What needs a service is measured where it is told of one (`BENCH_POSTGRESQL`), and says when it is left out.
"""

import importlib
import pkgutil
import sys

import tests.benchmarks as room


def main() -> None:
    known = sorted(name for _, name, _ in pkgutil.iter_modules(room.__path__) if name.startswith("bench_"))
    wanted = [f"bench_{word}" for word in sys.argv[1:]]
    if unknown := set(wanted) - set(known):
        sys.exit(f"There is no {min(unknown)}; there are {', '.join(known)}.")
    for module in wanted or known:
        print(f"\n== {module}")
        importlib.import_module(f"tests.benchmarks.{module}").main()


if __name__ == "__main__":
    main()
