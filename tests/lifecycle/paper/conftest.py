import pytest
from django.core.management import call_command

from lifecycle.paper.press import can_print


@pytest.fixture(scope="session", autouse=True)
def _styles() -> None:
    """The font as it would be cut now. Without Pango there is nothing to print with."""
    if not can_print():
        pytest.skip("needs Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
    call_command("build_assets", verbosity=0)
