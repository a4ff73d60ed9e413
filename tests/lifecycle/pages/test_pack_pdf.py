"""The quarterly pack on paper: the same figures as its page, and a clear word where no PDF can be made."""

import io
import re
import sys
from datetime import date
from html import unescape

import pytest
import time_machine
from django.core.management import call_command
from pypdf import PdfReader

from lifecycle.paper import press
from tests.lifecycle.queries.portfolio.conftest import NOW, Book

pytestmark = pytest.mark.django_db
HERE = "/portfolio/pack/2026-Q3"
needs_pango = pytest.mark.skipif(not press.can_print(), reason="needs Pango")


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(scope="module")
def styles():
    call_command("build_assets", verbosity=0)


@pytest.fixture
def story(squad):
    book = Book(squad)
    for number, build in enumerate(("50", "150", "250", "350", "950")):
        book.earn(book.released(f"done-{number}", build=build, ship="50"), date(2026, 6, 1), "600")
    gift = book.life("gift", ("build_it", date(2026, 8, 3)), killed=date(2026, 8, 14), status="ended")
    book.spend(gift, date(2026, 8, 4), "40")
    other = book.life("map", ("think_it", date(2026, 9, 1)), killed=date(2026, 9, 9), status="ended", name="<Map> & Co")
    book.spend(other, date(2026, 9, 2), "7")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unescape(text))


@needs_pango
@pytest.mark.usefixtures("styles", "story")
class TestTheSheets:
    def test_hold_every_figure_of_the_page(self, at, alice):
        page = at(alice).get(f"{HERE}/").content.decode()
        answer = at(alice).get(f"{HERE}.pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'attachment; filename="portfolio-2026-Q3.pdf"'
        reader = PdfReader(io.BytesIO(answer.content))
        text = squeezed(" ".join(one.extract_text() for one in reader.pages))
        shown = re.sub(r"<figure.*?</figure>|<details(?! *open)[^>]*>.*?</details>", "", page, flags=re.DOTALL)
        shown = shown[shown.index('class="page-sub"') - 3 : shown.index("</main>")]
        shown = re.sub(
            r'<div class="page-actions">.*?</div>|<span class="sr">.*?</span>|<caption.*?</caption>',
            "",
            shown,
            flags=re.DOTALL,
        )
        told = list(filter(None, map(squeezed, re.split(r"<[^>]+>", shown))))
        assert len(told) > 100
        assert not [one for one in told if one not in text]
        drawings = re.findall(r'w-640[^"]*">(<svg.*?</svg>)', page, re.DOTALL)
        drawn = [squeezed(one) for one in re.findall(r"<text[^>]*>(.*?)</text>", "".join(drawings))]
        assert len(drawn) > 8
        assert not [one for one in drawn if one not in text]
        assert [one.title for one in reader.outline[1]][:3] == [
            "Invested over time",
            "Spend before return",
            "Cost of failure",
        ]
        assert reader.metadata.title == "Portfolio 2026-Q3 · Fourstroke"

    def test_follow_who_it_is_narrowed_to_and_refuse_what_is_no_quarter(self, at, alice, other_squad):
        client = at(alice)
        answer = client.get(f"{HERE}.pdf?squad=playlists")
        assert "The portfolio is empty" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        assert client.get("/portfolio/pack/2026-Q7.pdf").status_code == 404
        assert client.get(f"{HERE}.pdf?squad=nobody").status_code == 404
        assert at().get(f"{HERE}.pdf").status_code == 302

    def test_the_page_leads_to_them_with_what_it_is_narrowed_to(self, at, alice):
        page = at(alice).get(f"{HERE}/?squad=checkout").content.decode()
        assert f'href="{HERE}.pdf?squad=checkout"' in page


@pytest.mark.parametrize("lacking", [ImportError("no weasyprint"), OSError("cannot load library 'libpango-1.0-0'")])
class TestWhereNoneCanBeMade:
    @pytest.fixture(autouse=True)
    def without(self, monkeypatch, lacking):
        class Lacking:
            def find_spec(self, name, path=None, target=None):
                if name == "weasyprint":
                    raise lacking

        for name in [one for one in sys.modules if one.partition(".")[0] == "weasyprint"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(sys, "meta_path", [Lacking(), *sys.meta_path])
        monkeypatch.setattr(press, "_looked_up", lambda: False)

    def test_the_address_says_how_and_leads_to_the_page_that_prints(self, at, alice, squad):
        answer = at(alice).get(f"{HERE}.pdf?squad=checkout")
        said = answer.content.decode()
        assert answer.status_code == 501
        assert "libpango-1.0-0" in said
        assert "requirements/pdf.txt" in said
        assert "let your browser print it" in said
        assert f'href="{HERE}/?squad=checkout"' in said

    def test_the_page_shows_no_link_to_it_and_says_what_to_do(self, at, alice):
        page = at(alice).get(f"{HERE}/").content.decode()
        assert ".pdf" not in page
        assert "Print this page for the pack." in page

    def test_programs_are_told_by_a_code(self):
        with pytest.raises(press.CannotPrint) as refused:
            press.printed("<p>x</p>", address="http://testserver/")
        assert (refused.value.status, refused.value.code) == (501, "printing_not_installed")
