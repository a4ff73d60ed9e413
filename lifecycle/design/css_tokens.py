"""The table of tokens as custom properties."""

from __future__ import annotations

from lifecycle.design.tokens import COLOURS, FONT, RADIUS, SPACE, TYPE

_SHADOWS = {
    "shadow": ("0 1px 2px rgb(18 21 28 / .04)", "0 1px 2px rgb(0 0 0 / .24)"),
    "shadow-up": ("0 4px 20px rgb(18 21 28 / .12)", "0 6px 24px rgb(0 0 0 / .5)"),
}


def tokens_css() -> str:
    """``:root`` with every token; the theme is the system's unless ``data-theme`` on the root says otherwise."""
    colours = "".join(f"--{name}:light-dark({pair.light},{pair.dark});" for name, pair in COLOURS.items())
    sizes = "".join(f"--text-{name}:{size / 16:g}rem;" for name, size in TYPE.items())
    sizes += "".join(f"--space-{name}:{size / 16:g}rem;" for name, size in SPACE.items())
    sizes += "".join(f"--radius-{name}:{size}px;" for name, size in RADIUS.items())
    sizes += "".join(f"--{name}:{light};" for name, (light, _) in _SHADOWS.items())
    dark = "".join(f"--{name}:{dark};" for name, (_, dark) in _SHADOWS.items())
    return (
        f"@layer tokens{{:root{{color-scheme:light dark;--font:{FONT};{colours}{sizes}}}"
        ':root[data-theme="light"]{color-scheme:light}'
        f':root[data-theme="dark"]{{color-scheme:dark;{dark}}}'
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}}}\n'
    )
