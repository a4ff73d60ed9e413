"""Forms that are carried out once, however often they are sent: after "Back", or when the button was pressed twice."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from features.actions.replying import answer_once

CSRF: Final = "csrfmiddlewaretoken"
"""Made anew for each answer, so it says nothing about what was typed."""


class OnceForm(forms.Form):
    """A form that creates something. `token` is made when the form is opened; one token is carried out once."""

    token = forms.CharField(
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),  # a browser that reloads would fill in the old one
        initial=lambda: uuid4().hex,
        max_length=64,
        required=False,
    )

    def clean_token(self) -> str:
        """The token; a form that is sent without one is a form of its own."""
        return str(self.cleaned_data["token"] or uuid4().hex)


def send_once(
    request: HttpRequest, form: OnceForm, *, by: User, now: datetime, act: Callable[[], tuple[str, str]]
) -> HttpResponse:
    """Do what the form asks, and go on to where that leads; sent again just so, it leads there and nothing is done.

    `act` gives the address to go on to, and the sentence that is said there.

    Raises:
        AnotherRequest: the same form was sent with other content. Refusal: what the act refuses.
    """
    token = form.cleaned_data["token"]
    address, said, is_new = answer_once(person=by, key=f"form:{token}", fingerprint=_print(request), now=now, act=act)
    if is_new:
        messages.success(request, said)
    else:
        messages.info(request, "It was recorded already, and is there once.")
    return redirect(address)


def _print(request: HttpRequest) -> str:
    """What tells this form from another: its address and all that was typed."""
    pairs = sorted((name, value) for name, values in request.POST.lists() if name != CSRF for value in values)
    return hashlib.sha256(f"{request.get_full_path()}\n{urlencode(pairs)}".encode()).hexdigest()
