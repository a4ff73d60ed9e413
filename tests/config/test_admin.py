"""The admin manages people, squads and the catalogue; what is decided or recorded it only shows."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from knox.models import AuthToken

from features.models import AuditEntry, Membership, Squad, Tribe
from features.queries.audit import verify_chain
from hypotheses.models import Metric, Source
from tests.factories.rows import _DEFAULTS, saved

pytestmark = pytest.mark.django_db
MANAGED = {"tribe", "squad", "tag", "source", "metric", "stricterrule", "narroweddeciders"}
READ = [
    model
    for app in ("features", "hypotheses", "lifecycle")
    for model in apps.get_app_config(app).get_models()
    if admin.site.is_registered(model) and model._meta.model_name not in MANAGED
]


@pytest.fixture
def browser(client, root):
    client.force_login(root)
    return client


def test_nothing_decided_is_forgotten():
    names = {model._meta.model_name for model in READ}
    assert {"feature", "stint", "gate", "decision", "auditentry", "result", "evidence", "investment", "return"} <= names


@pytest.mark.parametrize("model", READ, ids=lambda model: model._meta.model_name)
def test_what_came_of_acts_is_read_and_never_written(browser, model):
    row = saved(model) if model in _DEFAULTS else None
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert browser.get(base).status_code == 200
    assert browser.get(base + "add/").status_code == 403
    assert browser.get(f"{base}{row.pk}/change/").status_code == 200
    assert browser.post(f"{base}{row.pk}/change/", {"outcome": "kill"}).status_code == 403
    assert browser.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    browser.post(base, {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", sorted(MANAGED))
def test_what_is_managed_has_its_form(browser, name):
    app = next(m._meta.app_label for m in admin.site._registry if m._meta.model_name == name)
    assert browser.get(f"/admin/{app}/{name}/").status_code == 200
    assert browser.get(f"/admin/{app}/{name}/add/").status_code == 200


def test_a_squad_made_in_the_admin_stands_in_the_history(browser, tribe, alice):
    form = {"slug": "search", "name": "Search", "tribe": tribe.pk, "memberships-TOTAL_FORMS": 1,
            "memberships-INITIAL_FORMS": 0, "memberships-0-person": alice.pk, "memberships-0-role": "lead"}  # fmt: skip
    assert browser.post("/admin/features/squad/add/", form).status_code == 302
    made = Squad.objects.get(slug="search")
    assert Membership.objects.get(squad=made).person == alice
    assert AuditEntry.objects.get().act == "squad.added"
    assert AuditEntry.objects.get().by.username == "root"
    changed = {"slug": "search", "name": "Find", "tribe": tribe.pk, "memberships-TOTAL_FORMS": 0,
               "memberships-INITIAL_FORMS": 0}  # fmt: skip
    browser.post(f"/admin/features/squad/{made.pk}/change/", changed)
    made.refresh_from_db()
    assert (made.name, made.version) == ("Find", 2)
    browser.post(f"/admin/features/squad/{made.pk}/delete/", {"post": "yes"})
    assert not Squad.objects.filter(pk=made.pk).exists()
    assert [entry.act for entry in AuditEntry.objects.all()] == ["squad.added", "squad.changed", "squad.deleted"]
    assert verify_chain().unbroken


def test_people_are_managed_and_that_too_stands_in_the_history(browser):
    form = {
        "username": "dora",
        "usable_password": "true",
        "password1": "correct-horse-9",
        "password2": "correct-horse-9",
    }
    assert browser.post("/admin/auth/user/add/", form).status_code == 302
    assert User.objects.get(username="dora").check_password("correct-horse-9")
    assert AuditEntry.objects.get().subject == "user:dora"
    assert "correct-horse-9" not in str(AuditEntry.objects.get().body)


def test_a_source_is_written_through_its_act_and_its_secret_never_shown(browser):
    config = '{"url": "postgresql://reader@localhost/warehouse"}'
    form = {"key": "lake", "name": "Lake", "kind": "sql", "config": config, "secret": "hunter2", "max_concurrency": 2}
    assert browser.post("/admin/hypotheses/source/add/", form).status_code == 302
    source = Source.objects.get()
    assert (source.secret, source.owner.username) == ("hunter2", "root")
    address = f"/admin/hypotheses/source/{source.pk}/change/"
    assert b"hunter2" not in browser.get(address).content
    change = {"name": "The lake", "config": config, "secret": "", "max_concurrency": 3, "owner": source.owner_id}
    assert browser.post(address, change).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.secret, source.max_concurrency, source.version) == ("The lake", "hunter2", 3, 2)
    assert [entry.act for entry in AuditEntry.objects.all()] == ["source.added", "source.changed"]


def test_a_source_that_will_not_do_is_told_beside_its_field(browser):
    form = {"key": "lake", "name": "Lake", "kind": "file", "config": '{"colour": 1}', "max_concurrency": 2}
    answer = browser.post("/admin/hypotheses/source/add/", form)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["config"]
    assert b"Lake" in answer.content, "nothing that was typed is lost"
    assert not Source.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_metric_is_written_through_its_act(browser):
    form = {"key": "reorder-rate", "name": "Reorder rate", "kind": "proportion", "better": "up"}
    assert browser.post("/admin/hypotheses/metric/add/", form).status_code == 302
    metric = Metric.objects.get()
    assert metric.definition_hash
    taken = browser.post("/admin/hypotheses/metric/add/", form)
    assert taken.status_code == 200
    assert browser.post(f"/admin/hypotheses/metric/{metric.pk}/delete/", {"post": "yes"}).status_code == 403
    renamed = {"name": "Reorders", "kind": "proportion", "better": "up"}
    assert browser.post(f"/admin/hypotheses/metric/{metric.pk}/change/", renamed).status_code == 302
    metric.refresh_from_db()
    assert (metric.name, metric.version) == ("Reorders", 2)


def test_tokens_are_listed_and_revoked_and_never_made_or_given_to_somebody_else(browser, alice, root):
    token, _ = AuthToken.objects.create(alice)
    base = "/admin/knox/authtoken/"
    listed = browser.get(base)
    assert (listed.status_code, b"alice" in listed.content) == (200, True)
    assert browser.get(base + "add/").status_code == 403
    assert browser.post(base + "add/", {"user": alice.pk}).status_code == 403
    assert browser.post(f"{base}{token.pk}/change/", {"user": root.pk}).status_code == 403
    shown = browser.get(f"{base}{token.pk}/change/")
    assert shown.status_code == 200
    assert token.token_key not in listed.content.decode() + shown.content.decode(), "it is a part of the token itself"
    assert AuthToken.objects.get().user == alice
    assert not AuditEntry.objects.exists()


def test_a_token_that_is_revoked_stands_in_the_history(browser, alice):
    tokens = [AuthToken.objects.create(alice)[0] for _ in range(3)]
    base = "/admin/knox/authtoken/"
    assert browser.post(f"{base}{tokens[0].pk}/delete/", {"post": "yes"}).status_code == 302
    chosen = [token.pk for token in tokens[1:]]
    browser.post(base, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert not AuthToken.objects.exists()
    entries = list(AuditEntry.objects.all())
    assert {(entry.act, entry.by_name, entry.body["person"]) for entry in entries} == {
        ("token.revoked", "root", "alice")
    }
    assert {entry.subject for entry in entries} == {f"token:{token.pk[:12]}" for token in tokens}
    assert verify_chain().unbroken


def test_members_do_not_enter(client, alice):
    client.force_login(alice)
    assert client.get("/admin/").status_code == 302


def test_a_tribe_with_squads_is_not_deleted(browser, squad):
    browser.post(f"/admin/features/tribe/{squad.tribe_id}/delete/", {"post": "yes"})
    assert Tribe.objects.filter(pk=squad.tribe_id).exists()
