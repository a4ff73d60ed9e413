"""The page that explains every verdict, from the command line."""

from io import StringIO

from django.core.management import call_command

from hypotheses.statistics.telling import page


def test_it_prints_the_page_or_writes_it(tmp_path):
    out = StringIO()
    call_command("explain_verdicts", stdout=out)
    assert out.getvalue() == page()
    file = tmp_path / "verdicts.md"
    call_command("explain_verdicts", write=file, stdout=out)
    assert file.read_text(encoding="utf-8") == page()
