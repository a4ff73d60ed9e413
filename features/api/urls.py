"""The doors of this floor under `/api/v1/`."""

from django.urls import path

from features.api.allocations import Allocations, HouseRates, SquadRates, SquadSeats
from features.api.audit import Audit, AuditProof
from features.api.envelopes import Envelopes
from features.api.ledger import Investments, Returns
from features.api.signals import Signals
from features.api.squads import SquadDoor, Squads, TribeDoor, Tribes

urlpatterns = [
    path("tribes/", Tribes.as_view(), name="api-tribes"),
    path("tribes/<slug:slug>/", TribeDoor.as_view(), name="api-tribe"),
    path("squads/", Squads.as_view(), name="api-squads"),
    path("squads/<slug:slug>/", SquadDoor.as_view(), name="api-squad"),
    path("squads/<slug:slug>/rates/", SquadRates.as_view(), name="api-squad-rates"),
    path("squads/<slug:slug>/seats/", SquadSeats.as_view(), name="api-squad-seats"),
    path("squads/<slug:slug>/envelopes/", Envelopes.as_view(), name="api-squad-envelopes"),
    path("rates/", HouseRates.as_view(), name="api-rates"),
    path("allocations/", Allocations.as_view(), name="api-allocations"),
    path("investments/", Investments.as_view(), name="api-investments"),
    path("returns/", Returns.as_view(), name="api-returns"),
    path("features/<slug:key>/signals/", Signals.as_view(), name="api-signals"),
    path("audit/", Audit.as_view(), name="api-audit"),
    path("audit/verify/", AuditProof.as_view(), name="api-audit-verify"),
]
