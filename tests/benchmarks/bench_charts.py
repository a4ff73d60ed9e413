"""How long a chart takes to draw. Run: ``python tests/benchmarks/bench_charts.py``. Prints; asserts nothing."""

from gzip import compress
from statistics import median
from time import perf_counter

from lifecycle.charts.registry import CHARTS
from lifecycle.pages import styleguide_samples as samples

ROUNDS = 15
BOUND_MS = 10
CASES = {
    "investment_curve": ("260 weeks", samples.curve(260)),
    "evidence_over_time": ("260 days", samples.evidence(520)),
    "ladder": ("6 rungs", samples.ladder()),
    "beta_finding": ("8 of 10", samples.betas()[0][1]),
    "sparkline": ("14 values", samples.small()[0][1]),
    "bar": ("one", samples.small()[0][0]),
}


def main() -> None:
    """One line a chart and width."""
    print(f"{'chart':22}{'of':12}{'width':>6}{'ms':>8}{'bound':>7}{'kB':>8}{'kB gz':>8}")
    for name, (what, data) in CASES.items():
        plug = CHARTS[name]
        for width in plug.widths:
            svg, times = "", []
            for _ in range(ROUNDS):
                start = perf_counter()
                svg = plug.draw(data, width=width)
                times.append((perf_counter() - start) * 1000)
            sizes = len(svg) / 1000, len(compress(svg.encode())) / 1000
            print(f"{name:22}{what:12}{width:>6}{median(times):>8.2f}{BOUND_MS:>7}{sizes[0]:>8.1f}{sizes[1]:>8.1f}")


if __name__ == "__main__":
    main()
