"""Finding what a body or an address names."""

from typing import Any

from features.actions.feature import owner_of
from features.errors import Missing, wrong
from features.models import Feature
from hypotheses.models import Metric, Source, Trial


def feature_at(key: str) -> Feature:
    """The feature of an address.

    Raises:
        Missing: there is none with this key.
    """
    feature = Feature.objects.select_related("squad__tribe", "owner", "parent").filter(key=key).first()
    if feature is None:
        raise Missing(code="not_found", detail=f"There is no feature “{key}”.")
    return feature


def named_feature(key: str) -> Feature:
    """The feature that a field of the body names.

    Raises:
        BadInput: there is none with this key.
    """
    feature = Feature.objects.select_related("squad").filter(key=key).first()
    if feature is None:
        raise wrong("feature", f"There is no feature “{key}”.", code="unknown")
    return feature


def with_rows(given: dict[str, Any]) -> dict[str, Any]:
    """The values of a body with the rows that `owner` (a username) and `source` (a key) name.

    Raises:
        BadInput: one of them does not exist.
    """
    found = dict(given)
    if "owner" in found:
        found["owner"] = owner_of(found["owner"])
    if found.get("source") is not None:
        source = Source.objects.filter(key=found["source"]).first()
        if source is None:
            raise wrong("source", f"There is no source “{found['source']}”.", code="unknown")
        found["source"] = source
    return found


def metric_at(key: str) -> Metric:
    """The metric of an address.

    Raises:
        Missing: there is none with this key.
    """
    metric = Metric.objects.select_related("source", "owner", "schedule").filter(key=key).first()
    if metric is None:
        raise Missing(code="not_found", detail=f"There is no metric “{key}”.")
    return metric


def trial_at(key: str) -> Trial:
    """The trial of an address.

    Raises:
        Missing: there is none with this key.
    """
    trials = Trial.objects.select_related("feature__squad", "hypothesis").prefetch_related("arms", "stages")
    trial = trials.filter(key=key).first()
    if trial is None:
        raise Missing(code="not_found", detail=f"There is no trial “{key}”.")
    return trial
