import re

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.lifecycle.design.doors")]


@pytest.fixture
def amira(django_user_model):
    return django_user_model.objects.create_user("amira", "amira@example.org", "a long way home", first_name="Amira")


def test_sign_in_says_what_is_wrong_and_keeps_the_name(client, amira):
    page = client.post("/accounts/login/", {"username": "amira", "password": "wrong"}).content.decode()
    assert 'role="alert"' in page
    assert "Please enter a correct username and password" in page
    assert 'value="amira"' in page


def test_sign_in_goes_on_to_where_one_wanted_to_go(client, amira):
    page = client.get("/accounts/login/?next=/features/x/").content.decode()
    assert 'name="next" value="/features/x/"' in page
    answer = client.post(
        "/accounts/login/", {"username": "amira", "password": "a long way home", "next": "/features/x/"}
    )
    assert answer["Location"] == "/features/x/"


def test_a_forgotten_password_is_chosen_anew_by_mail(client, amira, mailoutbox):
    client.post("/accounts/password_reset/", {"email": "amira@example.org"})
    mail = mailoutbox[0]
    assert mail.subject == "Choose a new password for Fourstroke"
    assert "Hello Amira," in mail.body
    assert '"amira"' in mail.body
    link = re.search(r"http://\S+", mail.body)[0].removeprefix("http://testserver")
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.content.decode()
    form = page.redirect_chain[-1][0]
    done = client.post(form, {"new_password1": "even longer way", "new_password2": "even longer way"}, follow=True)
    assert "Your new password holds" in done.content.decode()
    assert client.login(username="amira", password="even longer way")
    assert "This link no longer works" in client.get(link, follow=True).content.decode()


def test_a_weak_new_password_is_refused_beside_its_field(client, amira):
    client.force_login(amira)
    page = client.post(
        "/accounts/password_change/", {"old_password": "a long way home", "new_password1": "1", "new_password2": "1"}
    ).content.decode()
    assert 'id="id_new_password2_error"' in page
    assert "too short" in page


def test_an_address_nobody_has_is_answered_the_same(client, mailoutbox):
    page = client.post("/accounts/password_reset/", {"email": "nobody@example.org"}, follow=True).content.decode()
    assert "Look into your mail" in page
    assert not mailoutbox


def test_a_page_that_breaks_says_so_and_tells_nothing_else(client):
    client.raise_request_exception = False
    answer = client.get("/breaks/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()


def test_a_page_that_is_not_there_says_so(client, amira):
    client.force_login(amira)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_the_policy_allows_nothing_unsafe(client):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
