"""Uploading a file: looked at before it is recorded, and recorded once."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from features.actions.rate_card import set_rate, set_seat
from features.models import Draft, Feature, Investment, Return
from lifecycle.pages import import_forms
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
COSTS = "feature,on,category,amount\none-tap,2026-03-02,people,500\nreceipts,2026-03-02,material,20.50\n"


@pytest.fixture(autouse=True)
def features(squad, other_squad):
    made = [saved(Feature, key=key, squad=squad) for key in ("one-tap", "receipts")]
    return [*made, saved(Feature, key="shuffle", squad=other_squad)]


def sent(text, name="costs.csv"):
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def upload(client, text, kind="investments", name="costs.csv", **options):
    return client.post(f"/imports/new/{kind}/", {"upload": sent(text, name), **options})


def test_an_empty_list_says_what_to_do_next(at, alice):
    page = at(alice).get("/imports/").content.decode()
    assert "No upload yet" in page
    for kind in ("investments", "returns", "focus", "worklogs"):
        assert f'href="/imports/new/{kind}/"' in page
        assert at(alice).get(f"/imports/new/{kind}/").status_code == 200


def test_nobody_uploads_without_signing_in(at):
    assert at().get("/imports/")["Location"] == "/login/?next=/imports/"


def test_a_file_is_shown_and_then_recorded_once(at, alice):
    client = at(alice)
    address = upload(client, COSTS)["Location"]
    page = client.get(address).content.decode()
    assert "2 entries, €520.50" in re.sub(r"\s+", " ", page)
    assert "Line 3" in page
    assert not Investment.objects.exists()
    done = client.post(f"{address}record/", follow=True).content.decode()
    assert "It is recorded." in done
    assert "Recorded by Alice Andersson" in done
    assert Investment.objects.count() == 2
    assert Investment.objects.first().recorded_by == alice
    again = client.post(f"{address}record/", follow=True).content.decode()
    assert "“costs.csv” was recorded already, by Alice Andersson. Nothing was written again." in again
    assert Investment.objects.count() == 2
    draft = Draft.objects.get()
    assert (draft.text, draft.outcome["new"], draft.outcome["by"]) == ("", 2, "alice")
    assert "Recorded: 2 new, 0 revised" in client.get("/imports/").content.decode()


def test_a_corrected_file_shows_what_it_revises_and_what_it_no_longer_has(at, alice):
    client = at(alice)
    client.post(upload(client, COSTS)["Location"] + "record/")
    shorter = COSTS.replace("500", "600").splitlines(keepends=True)[:2]
    address = upload(client, "".join(shorter), withdraw="on")["Location"]
    page = re.sub(r"\s+", " ", client.get(address).content.decode())
    assert "1 entry of this source and these days is not in the file. Recorded, it becomes zero" in page
    assert ">revised<" in page
    client.post(f"{address}record/")
    standing = Investment.objects.filter(superseded_at=None).order_by("amount")
    assert [entry.amount for entry in standing] == [0, 600]


def test_wrong_lines_are_listed_and_the_file_is_not_recorded(at, alice):
    client = at(alice)
    address = upload(client, COSTS + "shuffle,2026-03-02,people,5\none-tpa,soon,people,<b>5</b>\n")["Location"]
    page = client.get(address).content.decode()
    assert "Line 4, feature" in page
    assert "“shuffle” belongs to another squad" in page
    assert "“soon” is not a day. Write it as 2026-11-20." in page
    assert "<b>5" not in page
    assert f'action="{address}record/"' not in page
    refused = client.post(f"{address}record/", follow=True).content.decode()
    assert "Nothing was written." in refused
    assert not Investment.objects.exists()
    assert Draft.objects.get().recorded_at is None


def test_a_file_that_cannot_be_read_says_why(at, alice):
    client = at(alice)
    page = client.get(upload(client, "feature,day,sort\n")["Location"]).content.decode()
    assert "The file cannot be read" in page
    assert "The column category is missing" in page
    for content, said in ((b"PK\x03\x04", "Save the sheet as CSV first"), (b"feature\n\x00", "no text (NUL)")):
        answer = upload(client, content)
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert "Choose a file." in client.post("/imports/new/returns/", {}).content.decode()


def test_an_empty_file_is_told_so(at, alice):
    client = at(alice)
    assert "costs.csv is empty" in client.get(upload(client, "")["Location"]).content.decode()


def test_a_file_that_is_too_large_goes_by_command(at, alice, monkeypatch):
    monkeypatch.setattr(import_forms, "LARGEST", 100)
    assert "Bring it in by command." in upload(at(alice), COSTS * 9).content.decode()
    monkeypatch.setattr(import_forms, "LARGEST", 10_000)
    monkeypatch.setattr(import_forms, "MOST_LINES", 2)
    assert "It has more than 2 lines. Bring it in by command." in upload(at(alice), COSTS).content.decode()
    assert not Draft.objects.exists()


def test_an_upload_is_seen_by_who_made_it_and_by_administrators(at, alice, bob, root):
    address = upload(at(alice), COSTS)["Location"]
    assert at(bob).get(address).status_code == 404
    assert at(bob).post(f"{address}record/", follow=True).redirect_chain == [("/imports/", 302)]
    assert not Investment.objects.exists()
    assert at(root).get(address).status_code == 200
    at(root).post(f"{address}record/")
    page = at(alice).post(f"{address}record/", follow=True).content.decode()
    assert "was recorded already, by root" in page


def test_it_can_be_forgotten_and_what_waits_longer_than_a_day_is(at, alice):
    client = at(alice)
    address = upload(client, COSTS)["Location"]
    assert "Nothing was recorded." in client.post(f"{address}forget/", follow=True).content.decode()
    assert client.get(address).status_code == 404
    assert "is not here any more" in client.post(f"{address}record/", follow=True).content.decode()
    upload(client, COSTS)
    Draft.objects.update(uploaded_at=timezone.now() - timedelta(hours=25))
    upload(client, COSTS)
    assert Draft.objects.count() == 1


def test_returns_bills_and_worklogs_come_in_as_well(at, alice):
    client = at(alice)
    client.post(upload(client, "feature;on;amount\none-tap;2026-03-02;12,50\n", "returns")["Location"] + "record/")
    assert Return.objects.get().amount == Decimal("12.50")
    bill = 'BilledCost,BillingCurrency,ChargePeriodStart,Tags\n5.25,USD,2026-03-02,"{""team"": ""a""}"\n'
    given = {"tag": "team", "cost": "billed", "rates": "USD=0.5", "map": sent("value,feature\na,one-tap\n", "map.csv")}
    address = upload(client, bill, "focus", "bill.csv", **given)["Location"]
    assert "5.25 USD in all" in client.get(address).content.decode()
    client.post(f"{address}record/")
    work = "Issue Key,Hours,Work date\nSHOP-1,4,2026-03-02\nSHOP-2,4,2026-03-02\n"
    given = {"map": sent("issue,feature\nSHOP-1,receipts\n", "map.csv"), "hours_per_day": "8", "rate": "600"}
    address = upload(client, work, "worklogs", "tempo.csv", **given)["Location"]
    assert "4.00 h (50.0%) lead to no feature" in client.get(address).content.decode()
    client.post(f"{address}record/")
    rows = Investment.objects.order_by("pk").values_list("category", "amount_base", "person_days")
    assert list(rows) == [("infrastructure", Decimal("2.63"), None), ("people", 300, Decimal("0.500"))]


WORK = "Issue Key,Hours,Work date,Author\nSHOP-1,8,2026-03-02,Dora\nSHOP-1,4,2026-03-02,Emil\n"
PEOPLE = "issue,person,role,feature\nSHOP-1,,,receipts\n,dora,designer,\n"


@pytest.fixture
def card(squad, now):
    for role, amount in (("developer", 600), ("designer", 400)):
        given = {"squad": squad, "role": role, "from_on": date(2026, 1, 1), "by": None, "now": now}
        set_rate(**given, amount=Decimal(amount))
        set_seat(**given, people=Decimal(1))


def test_worklogs_are_priced_by_the_rate_card(at, alice, card):
    client = at(alice)
    form = client.get("/imports/new/worklogs/").content.decode()
    assert "The mean of the squad&#x27;s seats" in form
    assert '<option value="developer">Developer, where the mapping names no role</option>' in form
    given = {"map": sent(PEOPLE, "map.csv"), "hours_per_day": "8", "role": "developer"}
    address = upload(client, WORK, "worklogs", "tempo.csv", **given)["Location"]
    page = client.get(address).content.decode()
    assert "Person-days at the squads&#x27; rate cards: 1.000 by designer, 0.500 by developer." in page
    assert re.search(r'data-label="Money, EUR">\s*700\.00<', page), "the sum of the feature stands in its column"
    client.post(f"{address}record/")
    assert {row.amount for row in Investment.objects.all()} == {400, 300}
    assert "Dora" not in str(Draft.objects.values_list("options", "text").get()), "names of people are not kept"
    given = {"map": sent(PEOPLE, "map.csv"), "hours_per_day": "8", "role": "-"}
    again = upload(client, WORK, "worklogs", "tempo.csv", **given)["Location"]
    client.post(f"{again}record/")
    assert {row.amount for row in Investment.objects.filter(superseded_at=None)} == {None}


def test_a_role_that_no_card_knows_is_named_by_its_line(at, alice, card):
    given = {"map": sent(PEOPLE.replace("designer", "desinger"), "map.csv"), "hours_per_day": "8"}
    page = at(alice).get(upload(at(alice), WORK, "worklogs", "tempo.csv", **given)["Location"]).content.decode()
    assert "“desinger” (of dora) is no role of the rate cards. Did you mean “designer”?" in page
    assert "Line 3, role" in page
    both = {"map": sent(PEOPLE, "map.csv"), "hours_per_day": "8", "role": "-", "rate": "600"}
    answer = upload(at(alice), WORK, "worklogs", "tempo.csv", **both)
    assert (answer.status_code, "Leave it out where days stay days." in answer.content.decode()) == (400, True)


def test_what_is_missing_beside_the_file_is_said_at_its_field(at, alice):
    answer = at(alice).post("/imports/new/worklogs/", {"upload": sent(COSTS), "hours_per_day": "0"})
    assert answer.status_code == 400
    assert 'id="id_map_error"' in answer.content.decode()
    assert at(alice).get("/imports/new/gossip/").status_code == 404
