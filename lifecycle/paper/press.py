"""The press: HTML in, PDF out.

WeasyPrint is imported when the first page is printed, and takes a second and some 40 MB that stay. It uses libraries
of the system (Pango), so it can be installed and still not work: both are told apart from a fault of ours.
"""

import atexit
import logging
from ctypes.util import find_library
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any, Final
from urllib.parse import urljoin

from django.templatetags.static import static

from features.errors import Refusal
from lifecycle.charts.dressing import dressed
from lifecycle.design.paper import paper_css
from lifecycle.paper.shelf import fetched

FONT_ROOT: Final = "https://paper.invalid/"
"""The address below which the style sheet of paper finds its font. No host has it; the shelf answers."""
HOW: Final = (
    "PDFs are made by WeasyPrint, which is not installed here, or lacks Pango. An administrator installs both: "
    "on Debian `apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`, then "
    "`pip install --require-hashes -r requirements/pdf.txt`, and starts the web again."
)
_ONE_AT_A_TIME: Final = Lock()
"""Two long documents at once would take twice the memory and end no earlier; fonts are kept in one place, too."""


class CannotPrint(Refusal):
    """PDFs cannot be made on this machine."""

    status = 501
    title = "Not installed here"


def can_print() -> bool:
    """Whether a PDF can be made here, as far as can be told without loading anything."""
    return _looked_up()


def printed(html: str, *, address: str) -> bytes:
    """``html`` as a PDF: A4, with its fonts, outline and tags. ``address`` is where the page stands, for its links.

    Raises:
        CannotPrint: WeasyPrint or Pango is not installed.
    """
    engine = _engine()
    root = urljoin(address, static(""))
    with _ONE_AT_A_TIME:
        sheet, fonts = _sheet()
        page = engine.HTML(string=dressed(html), base_url=address, url_fetcher=_shelf(root))
        return bytes(page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_tags=True))


@cache
def _looked_up() -> bool:
    return find_spec("weasyprint") is not None and find_library("pango-1.0") is not None


def _engine() -> Any:
    """WeasyPrint. Its warnings (properties that only screens have) say nothing about the page; its errors do."""
    try:
        import weasyprint  # noqa: PLC0415  # slow, optional, and may lack its libraries
    except (ImportError, OSError) as lacking:
        raise CannotPrint(code="printing_not_installed", detail=HOW) from lacking
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return weasyprint


@cache
def _sheet() -> tuple[Any, Any]:
    """The style sheet and the fonts, read once."""
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415  # as above

    atexit.register(_sheet.cache_clear)  # or the fonts unpacked into a temporary folder stay behind
    fonts = FontConfiguration()
    options = {"base_url": f"{FONT_ROOT}fourstroke/", "url_fetcher": _shelf(FONT_ROOT), "font_config": fonts}
    return _engine().CSS(string=paper_css(), **options), fonts


def _shelf(root: str) -> Any:
    """A fetcher for WeasyPrint that knows the shelf and nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415  # as above

    class Shelf(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002  # WeasyPrint passes it
            body, told = fetched(url, root)
            return URLFetcherResponse(url, body, told)

    return Shelf(allowed_protocols=())
