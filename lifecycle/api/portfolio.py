"""The portfolio: what all features together cost, what failure cost, what came back."""

from typing import Any, Final

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door
from features.models import MonthCost
from lifecycle.api.lesson_shapes import LearningShape
from lifecycle.api.portfolio_shapes import BeforeReturnShape, EndingsShape, StackShape, SummaryShape
from lifecycle.queries.portfolio.answers_json import (
    endings_json,
    period_json,
    shaded_json,
    spent_json,
    stack_json,
    summary_json,
)
from lifecycle.queries.portfolio.asking import Asked, asked
from lifecycle.queries.portfolio.before_return import spent_before_return
from lifecycle.queries.portfolio.endings import ended_without_decision, endings
from lifecycle.queries.portfolio.investment import BY, INTERVALS, compared, invested
from lifecycle.queries.portfolio.summary import shaded, summary
from lifecycle.queries.retrospectives import learning

_WHAT: Final = {
    "from": (OpenApiTypes.DATE, "First day; its whole month is counted. All months unless given."),
    "to": (OpenApiTypes.DATE, "Last day; its whole month is counted."),
    "squad": (OpenApiTypes.STR, "Slug."),
    "tribe": (OpenApiTypes.STR, "Slug."),
}
_COMPARE: Final = {
    "compare_from": (OpenApiTypes.DATE, "The period to hold it against; as many months just before unless given."),
    "compare_to": (OpenApiTypes.DATE, "Its last day."),
}
PERIOD: Final = [OpenApiParameter(name, kind, description=told) for name, (kind, told) in _WHAT.items()]
COMPARE: Final = [OpenApiParameter(name, kind, description=told) for name, (kind, told) in _COMPARE.items()]


class PortfolioDoor(Door):
    """A door onto all features; everybody signed in may read."""

    queryset = MonthCost.objects.none()
    serializer_class: Any = serializers.Serializer
    parameters = frozenset(_WHAT)

    def asked(self) -> Asked:
        """What the parameters ask for.

        Raises:
            BadInput: what is wrong with one of them.
        """
        return asked(self.request.query_params, today=timezone.localdate(self.now()))


class InvestmentOverTime(PortfolioDoor):
    """Investment, stacked."""

    parameters = frozenset({*_WHAT, *_COMPARE, "by", "interval"})

    @extend_schema(
        parameters=[
            OpenApiParameter("by", OpenApiTypes.STR, enum=list(BY)),
            OpenApiParameter("interval", OpenApiTypes.STR, enum=INTERVALS),
            *PERIOD,
            *COMPARE,
        ],
        responses=StackShape,
    )
    def get(self, request: Request) -> Response:
        """What was invested by month or quarter, and by phase, squad, tribe or category; and against another period."""
        what, parameters = self.asked(), request.query_params
        by, interval = parameters.get("by", "phase"), parameters.get("interval", "month")
        stack = invested(period=what.period, by=by, interval=interval, scope=what.scope)
        before = invested(period=what.before, by=by, scope=what.scope) if what.before else None
        return Response(stack_json(stack, compared(stack, before) if before else None))


class PortfolioSummary(PortfolioDoor):
    """The figures of the portfolio."""

    parameters = frozenset({*_WHAT, *_COMPARE})

    @extend_schema(parameters=[*PERIOD, *COMPARE], responses=SummaryShape)
    def get(self, request: Request) -> Response:
        """Spend before return, undecided spend, time in phase, throughput, answers, maintenance share, returns."""
        what = self.asked()
        found = summary(period=what.period, before=what.before, now=self.now(), scope=what.scope)
        return Response(summary_json(found))


class BeforeReturnDoor(PortfolioDoor):
    """Spend before return, feature by feature."""

    @extend_schema(parameters=PERIOD, responses=BeforeReturnShape)
    def get(self, request: Request) -> Response:
        """What every feature cost up to the day of its release; with `from`, of those released in the period."""
        what = self.asked()
        period = what.period if what.given else None
        found = spent_before_return(scope=what.scope)
        lying = shaded(found, period=period)
        features = lying.features if what.given else found.features
        return Response({**period_json(period), **shaded_json(lying, found), "features": spent_json(features)})


class LearningDoor(PortfolioDoor):
    """How the house learns from its ends."""

    @extend_schema(parameters=PERIOD, responses=LearningShape)
    def get(self, request: Request) -> Response:
        """Retrospectives and lessons of the period, what is owed now, and how often what was known is learnt again."""
        what = self.asked()
        return Response(learning(period=what.period, scope=what.scope).as_json())


class EndingsDoor(PortfolioDoor):
    """What failure cost, and what early kills saved."""

    @extend_schema(parameters=PERIOD, responses=EndingsShape)
    def get(self, request: Request) -> Response:
        """The kills of the period (of all time without `from`) by the phase in which they were decided."""
        what = self.asked()
        period = what.period if what.given else None
        found = endings(period=period, scope=what.scope)
        gone = ended_without_decision(scope=what.scope)
        return Response(endings_json(found, period=period, without_decision=gone))
