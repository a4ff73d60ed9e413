"""What an installation can be told is documented: every setting, every command."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_setting_stands_in_the_reference_and_in_the_example():
    names = set(re.findall(r'env\.\w+\("([A-Z_]+)"', (ROOT / "config/env.py").read_text()))
    reference = (ROOT / "docs/reference/settings.md").read_text()
    example = (ROOT / ".env.example").read_text()
    assert names, "config/env.py reads settings"
    assert not [name for name in names if f"`{name}`" not in reference]
    assert not [name for name in names if f"{name}=" not in example]


def test_every_command_stands_in_the_reference():
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py") if not path.stem.startswith("_")}
    reference = (ROOT / "docs/reference/commands.md").read_text()
    assert not [name for name in commands if f"`{name}" not in reference]


def test_links_between_the_pages_of_the_documentation_lead_somewhere():
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        broken += [f"{page.relative_to(ROOT)} → {target}" for target in targets if not (page.parent / target).exists()]
    assert not broken
