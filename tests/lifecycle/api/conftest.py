"""Lives that are lived through the REST API alone."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from features.errors import RulesUnmet
from features.models import Feature
from lifecycle.actions.calling import call_gate
from lifecycle.actions.consenting import consent
from lifecycle.actions.deciding import decide
from lifecycle.actions.rolling_out import set_ladder
from lifecycle.models import Gate
from tests.factories.lives import SHORT_LADDER


@dataclass
class Life:
    """One feature and the people who act for it: alice (member) decides, bob (lead) consents to overrides."""

    key: str
    alice: Any
    bob: Any
    answers: list = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/api/v1/features/{self.key}/"

    def shown(self) -> dict:
        return self.alice.get(self.path).json()

    @property
    def gate(self) -> int:
        return self.shown()["gate"]["id"]

    def call(self):
        return self.alice.post(f"/api/v1/gates/{self.gate}/call/", {"reason": "Let us decide."})

    def answer(self, outcome, **body):
        sent = {"outcome": outcome, "reason": "Because.", **body}
        if outcome == "iterate":
            sent.setdefault("questions", ["mvp"])
        return self.alice.post(f"/api/v1/gates/{self.gate}/decision/", sent)

    def decide(self, outcome, **body):
        """Call the gate, consent to whatever rules refuse, decide."""
        self.call()
        gate = self.gate
        if outcome == "advance":
            rules = self.alice.get(f"/api/v1/gates/{gate}/").json()["rules"]
            unmet = [rule["code"] for rule in rules if rule["level"] == "must" and rule["met"] is not True]
            if unmet:
                consent = {"rules": unmet, "reason": "Seen, and accepted."}
                given = self.bob.post(f"/api/v1/gates/{gate}/consents/", consent)
                assert given.status_code == 201, given.content
                body["override"] = {"reason": "We take the risk.", "consent": given.json()["id"]}
        answered = self.answer(outcome, **body)
        assert answered.status_code == 201, answered.content
        return answered.json()

    def reach(self, phase, step=None):
        """Advance until the feature stands there: by the acts themselves, because the doors are tried at the end."""
        alice, bob = (User.objects.get(username=name) for name in ("alice", "bob"))
        feature = Feature.objects.select_related("squad").get(key=self.key)
        if feature.phase == "think_it" and phase in {"tweak_it", "maintain_it"}:
            set_ladder(feature=feature, steps=SHORT_LADDER, by=alice, now=timezone.now())
        while not self._stands_at(phase, step):
            gate, now = Gate.objects.exclude(state="decided").get(feature__key=self.key), timezone.now()
            call_gate(gate_id=gate.pk, by=alice, now=now, reason="Let us decide.")
            try:
                decide(gate_id=gate.pk, by=alice, now=now, outcome="advance", reason="Because.")
            except RulesUnmet as refused:
                rules = [rule["code"] for rule in refused.extra["rules"]]
                given = consent(gate_id=gate.pk, by=bob, now=now, rules=rules, reason="Accepted.")
                override = {"reason": "We take the risk.", "consent": given.pk}
                decide(gate_id=gate.pk, by=alice, now=now, outcome="advance", reason="Because.", override=override)
        return self

    def _stands_at(self, phase, step):
        feature = Feature.objects.get(key=self.key)
        return feature.phase == phase and (step is None or feature.step_percent == step)


@pytest.fixture
def life(api, squad, alice, bob):
    """A feature that alice has just registered."""
    body = {"key": "one-tap", "name": "One-tap reorder", "squad": "checkout", "summary": "Order again."}
    made = api(alice).post("/api/v1/features/", body)
    assert made.status_code == 201, made.content
    return Life("one-tap", api(alice), api(bob))
