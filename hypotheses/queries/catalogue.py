"""The catalogue of sources and metrics, which belongs to no single squad: who may write it, and who uses what."""

from collections import Counter
from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from features.enums import Role, Status
from features.errors import Conflict, Forbidden
from features.models import Feature, Membership, Tribe
from hypotheses.models import Guardrail, Hypothesis, Metric, Result, Source, SuccessMetric


def require_catalogue_writer(by: User | None) -> None:
    """Refuse people who are in no squad and lead no tribe; `by` None is the system itself.

    Raises:
        Forbidden: `not_yours`.
    """
    if by is None or may_write_catalogue(by):
        return
    raise Forbidden(
        code="not_yours", detail="Members of a squad, leaders of a tribe and administrators write the catalogue."
    )


def may_write_catalogue(person: User) -> bool:
    """Whether a person is anything to any squad: data belong to everybody who decides on them."""
    return person.is_active and (person.is_superuser or _belongs(person))


def features_using(*, metric: Metric) -> list[Feature]:
    """The active features whose hypotheses name the metric, as what they move (first or further) or as a guardrail.

    By name.
    """
    named = (
        Q(hypotheses__metric=metric)
        | Q(hypotheses__guardrails__metric=metric)
        | Q(hypotheses__success_metrics__metric=metric)
    )
    return list(Feature.objects.filter(named, status=Status.ACTIVE).distinct().order_by("name"))


def counts_using(*, metrics: Collection[Metric]) -> Counter[int]:
    """How many features `features_using` finds for each of these metrics, by the metric's id: three queries for all."""
    primary, *beside = _in_use()
    pairs = set(primary.filter(metric__in=metrics).values_list("metric", "feature").distinct())
    for rows in beside:
        pairs |= set(rows.filter(metric__in=metrics).values_list("metric", "hypothesis__feature").distinct())
    return Counter(metric for metric, _ in pairs)


def is_unused() -> Q:
    """Metrics that no active feature looks at: numbers that nobody decides on."""
    primary, guarding, succeeding = (Q(~Exists(rows.filter(metric=OuterRef("pk")))) for rows in _in_use())
    return primary & guarding & succeeding


def _in_use() -> tuple[QuerySet[Hypothesis], QuerySet[Guardrail], QuerySet[SuccessMetric]]:
    """The hypotheses, the guardrails and the further success metrics of active features, in no order."""
    active = {"hypothesis__feature__status": Status.ACTIVE}
    primary = Hypothesis.objects.filter(feature__status=Status.ACTIVE).order_by()
    return primary, Guardrail.objects.filter(**active).order_by(), SuccessMetric.objects.filter(**active).order_by()


def _belongs(person: User) -> bool:
    return Membership.objects.filter(person=person).exists() or Tribe.objects.filter(leaders=person).exists()


def may_keep_source(person: User, source: Source) -> bool:
    """Whether a person is the source's owner, a lead, a leader or an administrator."""
    return _is_keeper(person, source.owner_id)


def require_source_keeper(by: User | None, source: Source) -> None:
    """Refuse everybody but the source's owner, leads, leaders and administrators: a source holds a secret.

    Raises:
        Forbidden: `not_yours`.
    """
    _require_keeper(by, owner_id=source.owner_id, name=source.name)


def require_metric_keeper(by: User | None, metric: Metric) -> None:
    """Refuse everybody but the metric's owner, leads, leaders and administrators: other squads' evidence stands on it.

    A metric without an owner is kept by the owner of its source.

    Raises:
        Forbidden: `not_yours`.
    """
    _require_keeper(by, owner_id=_owner_of(metric), name=metric.name)


def may_keep_metric(person: User, metric: Metric) -> bool:
    """Whether `require_metric_keeper` lets a person pass."""
    return _is_keeper(person, _owner_of(metric))


def _owner_of(metric: Metric) -> int | None:
    return metric.owner_id or (metric.source.owner_id if metric.source else None)


def require_no_evidence(metric: Metric) -> None:
    """Refuse while something was measured by the metric, or promised of it: that was meant as it was said then.

    Raises:
        Conflict: `metric_in_use`.
    """
    locked = {"metric": metric, "hypothesis__locked_at__isnull": False}
    if (
        Result.objects.filter(metric=metric).exists()
        or Hypothesis.objects.filter(metric=metric, locked_at__isnull=False).exists()
        or Guardrail.objects.filter(**locked).exists()
        or SuccessMetric.objects.filter(**locked).exists()
    ):
        detail = (
            f"Results or locked hypotheses stand on {metric.name}: its kind and direction stay. Add another metric."
        )
        raise Conflict(code="metric_in_use", detail=detail)


def _require_keeper(by: User | None, *, owner_id: int | None, name: str) -> None:
    if by is None or _is_keeper(by, owner_id):
        return
    raise Forbidden(
        code="not_yours", detail=f"The owner of {name}, squad leads, tribe leaders and administrators may do this."
    )


def _is_keeper(person: User, owner_id: int | None) -> bool:
    return person.is_active and (person.is_superuser or owner_id == person.pk or _leads(person))


def _leads(person: User) -> bool:
    leads = Membership.objects.filter(person=person, role=Role.LEAD).exists()
    return leads or Tribe.objects.filter(leaders=person).exists()
