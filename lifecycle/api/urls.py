"""The doors of this floor under `/api/v1/`."""

from django.urls import path

from lifecycle.api.evidence import EvidenceDoor
from lifecycle.api.features import FeatureDoor, Features
from lifecycle.api.gates import (
    DecisionDoor,
    Decisions,
    GateCall,
    GateConsents,
    GateDecision,
    GateDoor,
    Gates,
    OwedGates,
)
from lifecycle.api.lessons import (
    KinDoor,
    LessonDoor,
    LessonEvidences,
    Lessons,
    OwedRetrospectives,
    RetrospectiveDoor,
)
from lifecycle.api.plans import PlanDoor
from lifecycle.api.portfolio import BeforeReturnDoor, EndingsDoor, InvestmentOverTime, LearningDoor, PortfolioSummary
from lifecycle.api.promises import CalibrationDoor, PromisesDoor
from lifecycle.api.reviews import (
    ReviewClosing,
    ReviewDoor,
    ReviewItems,
    ReviewProposal,
    Reviews,
    ReviewSignOffs,
)
from lifecycle.api.rollout import ExposureDoor, LadderCheck, LadderDoor, RemovalDoor
from lifecycle.api.scorecard import BacklogDoor, GoalDoor, Goals, RoundDoor, RoundPlays, RoundReveal, Rounds
from lifecycle.api.stories import CurveDoor, Hypotheses, StoryDoor
from lifecycle.api.upkeep import UpkeepDoor

urlpatterns = [
    path("features/", Features.as_view(), name="api-features"),
    path("features/<slug:key>/", FeatureDoor.as_view(), name="api-feature"),
    path("features/<slug:key>/hypotheses/", Hypotheses.as_view(), name="api-hypotheses"),
    path("features/<slug:key>/evidence/", EvidenceDoor.as_view(), name="api-evidence"),
    path("features/<slug:key>/plan/", PlanDoor.as_view(), name="api-plan"),
    path("features/<slug:key>/curve/", CurveDoor.as_view(), name="api-curve"),
    path("features/<slug:key>/story/", StoryDoor.as_view(), name="api-story"),
    path("features/<slug:key>/promises/", PromisesDoor.as_view(), name="api-promises"),
    path("features/<slug:key>/upkeep/", UpkeepDoor.as_view(), name="api-upkeep"),
    path("features/<slug:key>/ladder/", LadderDoor.as_view(), name="api-ladder"),
    path("features/<slug:key>/ladder/check/", LadderCheck.as_view(), name="api-ladder-check"),
    path("features/<slug:key>/exposure/", ExposureDoor.as_view(), name="api-exposure"),
    path("features/<slug:key>/removal/", RemovalDoor.as_view(), name="api-removal"),
    path("features/<slug:key>/retrospective/", RetrospectiveDoor.as_view(), name="api-retrospective"),
    path("features/<slug:key>/kin/", KinDoor.as_view(), name="api-kin"),
    path("lessons/", Lessons.as_view(), name="api-lessons"),
    path("lessons/<int:pk>/", LessonDoor.as_view(), name="api-lesson"),
    path("lessons/<int:pk>/evidence/", LessonEvidences.as_view(), name="api-lesson-evidence"),
    path("features/<slug:key>/rounds/", Rounds.as_view(), name="api-rounds"),
    path("rounds/<int:pk>/", RoundDoor.as_view(), name="api-round"),
    path("rounds/<int:pk>/plays/", RoundPlays.as_view(), name="api-round-plays"),
    path("rounds/<int:pk>/reveal/", RoundReveal.as_view(), name="api-round-reveal"),
    path("goals/", Goals.as_view(), name="api-goals"),
    path("goals/<slug:key>/", GoalDoor.as_view(), name="api-goal"),
    path("backlog/", BacklogDoor.as_view(), name="api-backlog"),
    path("gates/", Gates.as_view(), name="api-gates"),
    path("gates/<int:pk>/", GateDoor.as_view(), name="api-gate"),
    path("gates/<int:pk>/call/", GateCall.as_view(), name="api-gate-call"),
    path("gates/<int:pk>/consents/", GateConsents.as_view(), name="api-gate-consents"),
    path("gates/<int:pk>/decision/", GateDecision.as_view(), name="api-gate-decision"),
    path("decisions/", Decisions.as_view(), name="api-decisions"),
    path("decisions/<int:pk>/", DecisionDoor.as_view(), name="api-decision"),
    path("reviews/", Reviews.as_view(), name="api-reviews"),
    path("reviews/<slug:quarter>/", ReviewDoor.as_view(), name="api-review"),
    path("reviews/<slug:quarter>/items/", ReviewItems.as_view(), name="api-review-items"),
    path("reviews/<slug:quarter>/items/<slug:key>/", ReviewProposal.as_view(), name="api-review-proposal"),
    path("reviews/<slug:quarter>/signoffs/", ReviewSignOffs.as_view(), name="api-review-signoffs"),
    path("reviews/<slug:quarter>/close/", ReviewClosing.as_view(), name="api-review-close"),
    path("portfolio/investment/", InvestmentOverTime.as_view(), name="api-portfolio-investment"),
    path("portfolio/summary/", PortfolioSummary.as_view(), name="api-portfolio-summary"),
    path("portfolio/before-return/", BeforeReturnDoor.as_view(), name="api-portfolio-before-return"),
    path("portfolio/endings/", EndingsDoor.as_view(), name="api-portfolio-endings"),
    path("portfolio/learning/", LearningDoor.as_view(), name="api-portfolio-learning"),
    path("portfolio/calibration/", CalibrationDoor.as_view(), name="api-calibration"),
    path("owed/retrospectives/", OwedRetrospectives.as_view(), name="api-owed-retrospectives"),
    path("owed/", OwedGates.as_view(), name="api-owed"),
]
