"""What a person says about the worth of a metric."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from features.errors import Refusal
from hypotheses.actions.pricing import price_unit
from lifecycle.pages.metric import metric_at, metric_shown
from lifecycle.pages.price_card import PriceForm
from lifecycle.pages.refusals import show_refusal


@require_POST
def price_page(request: HttpRequest, key: str) -> HttpResponse:
    """Say what a unit is worth."""
    metric, form = metric_at(key), PriceForm(request.POST)
    if form.is_valid():
        by = request.user if isinstance(request.user, User) else None
        try:
            price_unit(metric=metric, by=by, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Said. What released features earned with it is booked within the hour.")
            return redirect("metric", metric.key)
    return metric_shown(request, metric, price_form=form)
