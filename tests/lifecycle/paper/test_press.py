"""HTML in, PDF out; and nothing from anywhere else."""

import io
import re
import socket
from pathlib import Path

import pytest
from pypdf import PdfReader

from lifecycle.paper.press import printed
from lifecycle.paper.shelf import fetched, on_shelf

ADDRESS = "https://fourstroke.example/portfolio/pack/2026-Q4.pdf"
ROOT = "https://fourstroke.example/static/"
PAGE = '<!DOCTYPE html><html lang="en"><head><title>{0}</title></head><body class="paper"><h1>{0}</h1>{1}</body></html>'


def sheet(body: str, title: str = "A page") -> PdfReader:
    return PdfReader(io.BytesIO(printed(PAGE.format(title, body), address=ADDRESS)))


def fonts(reader: PdfReader) -> set[str]:
    found = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in inner["/FontDescriptor"] or "/FontFile3" in inner["/FontDescriptor"], "embedded"
            found.add(font.get_object()["/BaseFont"].partition("+")[2])
    return found


def test_it_is_a4_has_a_title_a_language_an_outline_and_only_the_fonts_of_the_house():
    reader = sheet("<h2>One</h2><p>Řež €5k − ≥ 2026‑Q4 <strong>bold</strong></p><h2>Two</h2>", title="Ünïted")
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.metadata.title == "Ünïted"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    first, inner = reader.outline
    assert (first.title, [one.title for one in inner]) == ("Ünïted", ["One", "Two"])
    assert {name.partition("-")[0] for name in fonts(reader)} == {"Inter"}
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"], "it can be read aloud"


def test_a_long_table_repeats_its_head_splits_no_row_and_counts_its_pages():
    rows = "".join(f"<tr><th>start-{row}</th><td>one<br>two<br>end-{row}</td></tr>" for row in range(120))
    reader = sheet(
        f'<section class="card"><table class="table"><thead><tr><th>HEAD</th></tr></thead>{rows}</table></section>'
    )
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) > 3
    for number, text in enumerate(texts, start=1):
        assert "HEAD" in text
        assert f"Page {number} of {len(texts)}" in text
    begun = [re.findall(r"start-(\d+)", text) for text in texts]
    assert begun == [re.findall(r"end-(\d+)", text) for text in texts]
    assert [row for page in begun for row in page] == [str(row) for row in range(120)]


def test_links_lead_back_to_the_house():
    page = sheet('<p><a href="/features/one-tap/">One tap</a></p>').pages[0]
    assert [one.get_object()["/A"]["/URI"] for one in page["/Annots"]] == [
        "https://fourstroke.example/features/one-tap/"
    ]


@pytest.fixture
def wires(monkeypatch):
    """Every attempt to reach another machine."""
    tried = []

    def refuse(*args, **kwargs):
        tried.append(args)
        raise OSError("no wires here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


def test_nothing_is_fetched_whatever_the_page_asks_for(wires, tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">hunter2</text></svg>')
    asked = "".join(
        f'<img src="{address}" alt="x"><link rel="stylesheet" href="{address}"><object data="{address}"></object>'
        for address in (
            "http://example.org/a.png",
            "https://fourstroke.example/else.png",
            "//example.org/b.css",
            secret.as_uri(),
        )
    )
    reader = sheet(
        f'{asked}<svg class="c"><image href="{secret.as_uri()}" width="9" height="9"/></svg><p>still here</p>'
    )
    text = reader.pages[0].extract_text()
    assert "still here" in text
    assert "hunter2" not in text
    assert not reader.attachments
    assert not wires


class TestTheShelf:
    def test_has_our_static_files_and_says_what_they_are(self):
        body, told = fetched(f"{ROOT}fourstroke/mark.svg?v=1", ROOT)
        assert body.startswith(b"<svg")
        assert told == {"Content-Type": "image/svg+xml"}

    def test_prefers_them_as_they_were_collected(self, settings, tmp_path):
        settings.STATIC_ROOT = tmp_path
        (tmp_path / "mark.abc123.svg").write_text("hashed")
        assert on_shelf(f"{ROOT}mark.abc123.svg", ROOT).read_text() == "hashed"

    @pytest.mark.parametrize(
        "address",
        [
            "http://example.org/static/fourstroke/mark.svg",
            "file:///etc/passwd",
            f"{ROOT}nothing.svg",
            f"{ROOT}../db.sqlite3",
            f"{ROOT}%2e%2e/%2e%2e/etc/passwd",
            f"{ROOT}/etc/passwd",
            ROOT,
            "fourstroke/mark.svg",
        ],
    )
    def test_has_nothing_else(self, address):
        with pytest.raises(ValueError, match="loads nothing but our own static files"):
            on_shelf(address, ROOT)

    def test_gives_files_and_never_folders(self):
        assert isinstance(on_shelf(f"{ROOT}fourstroke/inter.woff2", ROOT), Path)
        with pytest.raises(ValueError, match="loads nothing"):
            on_shelf(f"{ROOT}fourstroke", ROOT)
