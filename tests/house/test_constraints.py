"""Each “only one”, each range and each pair is kept by the database itself: every constraint, tested both ways."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, models, transaction

from features import models as f
from hypotheses import models as h
from lifecycle import models as li
from tests.factories.rows import T0, person, row, saved

EARLIER, LATER = T0 - timedelta(days=1), T0 + timedelta(days=1)

PROPOSED = {"proposed": "kill", "proposed_reason": "Nobody uses it.", "proposed_at": T0}

# constraint → (model, fields that break it); the same row without them is accepted
REFUSED = {
    "audit_number_from_one": (f.AuditEntry, {"number": 0}),
    "audit_act_given": (f.AuditEntry, {"act": ""}),
    "audit_digest_given": (f.AuditEntry, {"digest": ""}),
    "audit_head_single_row": (f.AuditHead, {"id": 2}),
    "tribe_slug_given": (f.Tribe, {"slug": ""}),
    "squad_slug_given": (f.Squad, {"slug": ""}),
    "membership_role_known": (f.Membership, {"role": "chief"}),
    "tag_name_given": (f.Tag, {"name": ""}),
    "feature_key_given": (f.Feature, {"key": ""}),
    "feature_name_given": (f.Feature, {"name": ""}),
    "feature_phase_known": (f.Feature, {"phase": "dream_it"}),
    "feature_status_known": (f.Feature, {"status": "paused"}),
    "feature_iteration_from_one": (f.Feature, {"iteration": 0}),
    "feature_exposure_percent_range": (f.Feature, {"exposure_percent": -1}),
    "feature_ceiling_percent_range": (f.Feature, {"ceiling_percent": 101}),
    "feature_exposure_below_ceiling": (f.Feature, {"exposure_percent": 6, "ceiling_percent": 5}),
    "feature_step_in_ship_it": (f.Feature, {"step_percent": 5}),
    "feature_ended_on_when_ended": (f.Feature, {"status": "ended"}),
    "feature_only_tweaks_land": (f.Feature, {"status": "landed", "ended_on": date(2026, 3, 2)}),
    "stint_phase_known": (f.Stint, {"phase": "dream_it"}),
    "stint_iteration_from_one": (f.Stint, {"iteration": 0}),
    "stint_number_from_one": (f.Stint, {"number": 0}),
    "stint_step_above_zero": (f.Stint, {"phase": "ship_it", "step_percent": 0}),
    "stint_step_up_to_hundred": (f.Stint, {"phase": "ship_it", "step_percent": 101}),
    "stint_step_in_ship_it": (f.Stint, {"step_percent": 5}),
    "stint_ends_after_start": (f.Stint, {"ended_at": EARLIER}),
    "stint_time_box_above_zero": (f.Stint, {"time_box_days": 0}),
    "stint_budget_amount_not_negative": (f.Stint, {"budget_amount": -1}),
    "stint_budget_days_not_negative": (f.Stint, {"budget_days": -1}),
    "stint_budget_money_or_days": (f.Stint, {"budget_amount": 1, "budget_days": 1}),
    "stint_judged_what_exists": (f.Stint, {"judged_version": 1}),
    "reply_key_given": (f.Reply, {"key": ""}),
    "investment_category_known": (f.Investment, {"category": "bribes"}),
    "investment_upkeep_known": (f.Investment, {"upkeep": "love"}),
    "investment_amount_not_negative": (f.Investment, {"amount": -1}),
    "investment_days_not_negative": (f.Investment, {"person_days": -1}),
    "investment_money_or_days": (f.Investment, {"amount": None, "amount_base": None}),
    "return_amount_given": (f.Return, {"amount": None, "amount_base": None}),
    "return_bounds_ordered": (f.Return, {"low_base": 2, "high_base": 1}),
    **{
        f"{name}_{rule}": (model, broken)
        for name, model in (("investment", f.Investment), ("return", f.Return))
        for rule, broken in {
            "currency_given": {"currency": ""},
            "rate_above_zero": {"rate": 0},
            "revision_from_one": {"revision": 0},
            "amount_with_base": {"amount_base": None},
            "superseded_after_recorded": {"superseded_at": EARLIER},
        }.items()
    },
    **{
        f"{name}_{rule}": (model, broken)
        for name, model in (("cellcost", f.CellCost), ("stintcost", f.StintCost), ("monthcost", f.MonthCost))
        for rule, broken in {
            "category_known": {"category": "bribes"},
        }.items()
    },
    "month_cost_phase_known": (f.MonthCost, {"phase": "dream_it"}),
    "rate_role_given": (f.Rate, {"role": ""}),
    "rate_currency_given": (f.Rate, {"currency": ""}),
    "rate_amount_not_negative": (f.Rate, {"amount": -1}),
    "rate_rate_above_zero": (f.Rate, {"rate": 0}),
    "seat_role_given": (f.Seat, {"role": ""}),
    "seat_people_not_negative": (f.Seat, {"people": -1}),
    "allocation_percent_range": (f.Allocation, {"percent": 101}),
    "envelope_phase_known": (f.Envelope, {"phase": "dream_it"}),
    "envelope_amount_not_negative": (f.Envelope, {"amount": -1}),
    "envelope_days_not_negative": (f.Envelope, {"amount": None, "days": -1}),
    "envelope_money_or_days": (f.Envelope, {"days": 1}),
    "draft_kind_given": (f.Draft, {"kind": ""}),
    "draft_recorded_after_upload": (f.Draft, {"recorded_at": EARLIER}),
    "unit_value_currency_given": (h.UnitValue, {"currency": ""}),
    "unit_value_rate_above_zero": (h.UnitValue, {"rate": 0}),
    "signal_kind_known": (f.Signal, {"kind": "mood"}),
    "signal_revision_from_one": (f.Signal, {"revision": 0}),
    "usage_kind_known": (h.Usage, {"kind": "love"}),
    "use_reading_value_not_negative": (h.UseReading, {"value": -1}),
    "use_reading_revision_from_one": (h.UseReading, {"revision": 0}),
    "source_key_given": (h.Source, {"key": ""}),
    "source_kind_known": (h.Source, {"kind": "rumour"}),
    "source_concurrency_range": (h.Source, {"max_concurrency": 0}),
    "metric_key_given": (h.Metric, {"key": ""}),
    "metric_kind_known": (h.Metric, {"kind": "mood"}),
    "metric_better_known": (h.Metric, {"better": "left"}),
    "schedule_every_at_least_a_second": (h.Schedule, {"every_seconds": 0}),
    "hypothesis_version_from_one": (h.Hypothesis, {"version": 0}),
    "hypothesis_direction_known": (h.Hypothesis, {"direction": "left"}),
    "hypothesis_scale_known": (h.Hypothesis, {"effect_scale": "log"}),
    "hypothesis_minimum_effect_above_zero": (h.Hypothesis, {"minimum_effect": 0}),
    "hypothesis_absolute_effect_above_zero": (h.Hypothesis, {"minimum_effect_absolute": 0, "locked_at": T0}),
    "hypothesis_planned_units_above_zero": (h.Hypothesis, {"planned_units": 0}),
    "hypothesis_locked_whole": (h.Hypothesis, {"locked_at": T0}),
    "guardrail_margin_not_negative": (h.Guardrail, {"margin": -1, "minimum_effect": 1}),
    "guardrail_minimum_effect_above_zero": (h.Guardrail, {"minimum_effect": 0}),
    "guardrail_margin_or_minimum_effect": (h.Guardrail, {"margin": 0}),
    "success_metric_direction_known": (h.SuccessMetric, {"direction": "left"}),
    "success_metric_minimum_effect_above_zero": (h.SuccessMetric, {"minimum_effect": 0}),
    "evidence_verdict_known": (h.Evidence, {"verdict": "maybe"}),
    "evidence_state_known": (h.Evidence, {"state": "soon"}),
    "evidence_interval_whole": (h.Evidence, {"low": 0.1}),
    "evidence_revision_from_one": (h.Evidence, {"revision": 0}),
    "standing_verdict_known": (h.Standing, {"verdict": "maybe"}),
    "standing_state_known": (h.Standing, {"state": "soon"}),
    "finding_kind_known": (h.Finding, {"kind": "hunch"}),
    "finding_population_known": (h.Finding, {"population": "aliens"}),
    "finding_counts_together": (h.Finding, {"successes": 3}),
    "finding_trials_from_one": (h.Finding, {"successes": 0, "trials": 0}),
    "finding_successes_within_trials": (h.Finding, {"successes": 11, "trials": 10}),
    "finding_target_above_zero": (h.Finding, {"target": 0}),
    "finding_target_up_to_one": (h.Finding, {"target": 1.1}),
    "finding_prototype_test_counted": (h.Finding, {"kind": "prototype_test"}),
    "pull_state_known": (h.Pull, {"state": "lost"}),
    "pull_window_ordered": (h.Pull, {"window_end": T0}),
    "pull_lease_whole": (h.Pull, {"lease_until": LATER}),
    "pull_lease_while_running": (h.Pull, {"lease_until": LATER, "lease_token": uuid4()}),
    "pull_seconds_not_negative": (h.Pull, {"fetch_seconds": -1}),
    "external_trial_key_given": (h.ExternalTrial, {"key": ""}),
    "external_trial_system_given": (h.ExternalTrial, {"system": ""}),
    "overlap_with_one_other": (h.Overlap, {"external": None}),
    "overlap_counted_or_declared": (h.Overlap, {"declared": True}),
    "overlap_revision_from_one": (h.Overlap, {"revision": 0}),
    "clearance_code_known": (h.Clearance, {"code": "lost"}),
    "clearance_reason_given": (h.Clearance, {"reason": ""}),
    "backfill_state_known": (h.Backfill, {"state": "lost"}),
    "backfill_every_at_least_a_second": (h.Backfill, {"every_seconds": 0}),
    "backfill_range_ordered": (h.Backfill, {"until": T0}),
    "backfill_cursor_in_range": (h.Backfill, {"cursor": T0 - timedelta(days=1)}),
    "backfill_stopped_has_a_moment": (h.Backfill, {"state": "stopped"}),
    "backfill_done_has_a_moment": (h.Backfill, {"finished_at": LATER}),
    "clock_name_given": (h.Clock, {"name": ""}),
    "trial_key_given": (h.Trial, {"key": ""}),
    "trial_population_known": (h.Trial, {"population": "aliens"}),
    "trial_ends_after_start": (h.Trial, {"ended_at": EARLIER}),
    "arm_role_known": (h.Arm, {"role": "spare"}),
    "arm_share_above_zero": (h.Arm, {"share": 0}),
    "arm_name_given": (h.Arm, {"name": ""}),
    "stage_percent_range": (h.Stage, {"percent": 101}),
    "stage_label_given": (h.Stage, {"label": ""}),
    "stage_ends_after_start": (h.Stage, {"ended_at": EARLIER}),
    "stage_weighed_what_landed": (h.Stage, {"weighed": 1}),
    "result_n_not_negative": (h.Result, {"n": -1}),
    "result_var_not_negative": (h.Result, {"var": -0.1}),
    "result_var_x_not_negative": (h.Result, {"var_x": -0.1}),
    "result_design_weight_above_zero": (h.Result, {"design_weight": 0}),
    "result_revision_from_one": (h.Result, {"revision": 0}),
    "result_assigned_at_least_matured": (h.Result, {"n_assigned": 99}),
    "gate_state_known": (li.Gate, {"state": "ajar"}),
    "gate_due_at_when_due": (li.Gate, {"state": "due"}),
    "gate_decided_at_when_decided": (li.Gate, {"state": "decided"}),
    "gate_decided_is_not_looked_at": (li.Gate, {"state": "decided", "decided_at": T0, "look_at": T0}),
    "gate_due_after_opened": (li.Gate, {"state": "due", "due_at": EARLIER}),
    "gate_cause_known": (li.GateCause, {"cause": "boredom"}),
    "gate_called_by_somebody_for_a_reason": (li.GateCause, {"cause": "called"}),
    "consent_reason_given": (li.Consent, {"reason": ""}),
    "stricter_rule_of_squad_or_tribe": (li.StricterRule, {"squad": None}),
    "stricter_rule_only_must": (li.StricterRule, {"level": "should"}),
    "stricter_rule_named": (li.StricterRule, {"rule": ""}),
    "narrowed_phase_known": (li.NarrowedDeciders, {"phase": "dream_it"}),
    "narrowed_standing_known": (li.NarrowedDeciders, {"standing": "guest"}),
    "narrowed_step_range": (li.NarrowedDeciders, {"step_percent": 101}),
    "decision_outcome_known": (li.Decision, {"outcome": "shrug"}),
    "decision_phase_known": (li.Decision, {"phase": "dream_it"}),
    "decision_reason_given": (li.Decision, {"reason": ""}),
    "decision_by_person_policy_or_import": (li.Decision, {"by": None}),
    "decision_override_has_consent_and_reason": (li.Decision, {"override_reason": "I know better."}),
    "decision_overridden_elsewhere_is_imported": (li.Decision, {"outcome": "advance", "overridden_elsewhere": True}),
    "ladder_holdback_range": (li.Ladder, {"holdback_percent": 51}),
    "ladder_step_above_zero": (li.LadderStep, {"percent": 0}),
    "ladder_step_up_to_hundred": (li.LadderStep, {"percent": 101}),
    "ladder_step_course_at_least_minimum": (li.LadderStep, {"minimum_days": 7, "full_course_days": 6}),
    "exposure_cause_known": (li.ExposureChange, {"cause": "weather"}),
    "exposure_from_range": (li.ExposureChange, {"from_percent": 101}),
    "exposure_to_range": (li.ExposureChange, {"to_percent": 101}),
    "exposure_lowered_is_lower": (li.ExposureChange, {"cause": "lowered", "reason": "Errors."}),
    "exposure_lowered_for_a_reason": (li.ExposureChange, {"cause": "lowered", "from_percent": 5}),
    "notice_level_known": (li.Notice, {"level": "press"}),
    "removal_completed_after_started": (li.Removal, {"completed_at": T0}),
    "review_quarter_form": (li.Review, {"quarter": "2026-Q5"}),
    "review_opened_in_order": (li.Review, {"opened_at": EARLIER}),
    "review_closed_in_order": (li.Review, lambda: {"closed_at": T0, "closed_by": person()}),
    "review_closed_by_somebody": (li.Review, {"opened_at": T0, "closed_at": T0}),
    "review_item_recommended_known": (li.ReviewItem, {"recommended": "wait"}),
    "review_item_proposed_known": (li.ReviewItem, lambda: {**PROPOSED, "proposed": "wait", "proposed_by": person()}),
    "review_item_proposed_by_somebody": (li.ReviewItem, {**PROPOSED}),
    "review_item_proposed_for_a_reason": (
        li.ReviewItem,
        lambda: {**PROPOSED, "proposed_reason": "", "proposed_by": person()},
    ),
    "review_item_cost_not_negative": (li.ReviewItem, {"cost": -1}),
    "removal_work_known": (li.RemovalStep, {"work": "party"}),
    "removal_step_done_by_somebody": (li.RemovalStep, {"done_at": T0}),
    "retrospective_ending_known": (li.Retrospective, {"ending": "party"}),
    "retrospective_written_whole": (li.Retrospective, {"written_at": T0}),
    "retrospective_published_whole": (li.Retrospective, {"published_by": None}),
    "retrospective_published_says_all": (li.Retrospective, {"went_wrong": ""}),
    "retrospective_published_after_opened": (li.Retrospective, {"opened_at": LATER}),
    "retrospective_version_from_one": (li.Retrospective, {"version": 0}),
    "retrospective_revision_from_one": (li.RetrospectiveRevision, {"number": 0}),
    "lesson_kind_known": (li.Lesson, {"kind": "luck"}),
    "lesson_status_known": (li.Lesson, {"status": "proven"}),
    "lesson_statement_given": (li.Lesson, {"statement": ""}),
    "lesson_evidence_side_known": (li.LessonEvidence, {"side": "maybe"}),
    "lesson_evidence_note_given": (li.LessonEvidence, {"note": ""}),
    "lesson_evidence_points_somewhere": (li.LessonEvidence, {"url": ""}),
    "goal_key_given": (li.Goal, {"key": ""}),
    "goal_name_given": (li.Goal, {"name": ""}),
    "goal_why_given": (li.Goal, {"why": ""}),
    "goal_weight_range": (li.GoalWeight, {"weight": 0}),
    "round_number_from_one": (li.Round, {"number": 0}),
    "round_repeated_for_a_reason": (li.Round, {"number": 2, "why": ""}),
    "round_revealed_by_somebody": (li.Round, {"closed_at": LATER}),
    "round_revealed_in_order": (li.Round, lambda: {"closed_at": EARLIER, "closed_by": person()}),
    "round_score_whole": (li.Round, lambda: {"closed_at": LATER, "closed_by": person(), "score": 3}),
    "round_scored_when_revealed": (li.Round, {"score": 3, "score_low": 2, "score_high": 4}),
    "round_score_range": (
        li.Round,
        lambda: {"closed_at": LATER, "closed_by": person(), "score": 9, "score_low": 9, "score_high": 9},
    ),
    "asked_goal_weight_range": (li.AskedGoal, {"weight": 101}),
    "asked_goal_tally_whole": (li.AskedGoal, {"median": 3}),
    "play_points_are_a_card": (li.Play, {"points": 4}),
}

# unique constraint → (model, fields that two rows may not share, a change that makes the second row acceptable)
ONLY_ONE = {
    "membership_once": (f.Membership, ("squad", "person"), lambda: {"person": person()}),
    "stint_number_once": (f.Stint, ("feature", "number"), lambda: {"number": 999}),
    "stint_one_open": (f.Stint, ("feature",), lambda: {"ended_at": LATER}),
    "investment_current_once": (f.Investment, ("source", "external_id"), lambda: {"superseded_at": T0, "revision": 2}),
    "investment_revision_once": (f.Investment, ("source", "external_id", "revision"), lambda: {"external_id": "else"}),
    "return_current_once": (f.Return, ("source", "external_id"), lambda: {"superseded_at": T0, "revision": 2}),
    "return_revision_once": (f.Return, ("source", "external_id", "revision"), lambda: {"external_id": "else"}),
    "cell_cost_once": (f.CellCost, ("feature", "cell", "category"), lambda: {"category": "other"}),
    "stint_cost_once": (f.StintCost, ("feature", "category"), lambda: {"category": "other"}),
    "month_cost_once": (f.MonthCost, ("month", "squad", "phase", "category"), lambda: {"phase": ""}),
    "cell_return_once": (f.CellReturn, ("feature", "cell"), lambda: {"cell": date(2026, 3, 9)}),
    "rate_once_a_day": (f.Rate, ("role", "from_on"), lambda: {"squad": saved(f.Squad)}),
    "seat_once_a_day": (f.Seat, ("squad", "role", "from_on"), lambda: {"from_on": date(2026, 3, 9)}),
    "allocation_once": (f.Allocation, ("squad", "week", "feature"), lambda: {"week": date(2026, 3, 9)}),
    "envelope_once": (f.Envelope, ("squad", "phase"), lambda: {"phase": "ship_it"}),
    "unit_value_once_a_day": (h.UnitValue, ("metric", "from_on"), lambda: {"from_on": date(2026, 3, 9)}),
    "signal_current_once": (f.Signal, ("feature", "kind"), lambda: {"superseded_at": T0, "revision": 2}),
    "signal_revision_once": (f.Signal, ("feature", "kind", "revision"), lambda: {"kind": "code_size"}),
    "usage_once_a_kind": (h.Usage, ("feature", "kind"), lambda: {"kind": "frequency"}),
    "use_reading_current_once": (
        h.UseReading,
        ("feature", "metric", "as_of"),
        lambda: {"superseded_at": T0, "revision": 2},
    ),
    "use_reading_revision_once": (
        h.UseReading,
        ("feature", "metric", "as_of", "revision"),
        lambda: {"as_of": LATER},
    ),
    "reply_once": (f.Reply, ("person", "key"), lambda: {"key": "else"}),
    "hypothesis_version_once": (h.Hypothesis, ("stint", "feature", "version"), lambda: {"version": 999}),
    "guardrail_once": (h.Guardrail, ("hypothesis", "metric"), lambda: {"metric": saved(h.Metric)}),
    "success_metric_once": (h.SuccessMetric, ("hypothesis", "metric"), lambda: {"metric": saved(h.Metric)}),
    "baseline_once_a_tweak": (h.Baseline, ("feature", "metric", "tweak"), lambda: {"tweak": saved(f.Feature)}),
    "evidence_current_once": (h.Evidence, ("stint", "feature", "as_of"), lambda: {"superseded_at": T0, "revision": 2}),
    "evidence_revision_once": (h.Evidence, ("stint", "feature", "as_of", "revision"), lambda: {"as_of": LATER}),
    "pull_window_once": (h.Pull, ("schedule", "window_start", "pass_number"), lambda: {"pass_number": 1}),
    "clearance_once": (h.Clearance, ("stint", "code", "facts"), lambda: {"facts": "b@2"}),
    "unfolding_once": (h.Unfolding, ("stint", "as_of", "by"), lambda: {"as_of": LATER}),
    "overlap_current_once": (h.Overlap, ("trial", "treatment", "other", "external"), lambda: {"as_of": LATER}),
    "overlap_external_current_once": (h.Overlap, ("trial", "treatment", "external"), lambda: {"as_of": LATER}),
    "backfill_one_open": (h.Backfill, ("schedule",), lambda: {"state": "done", "finished_at": LATER}),
    "arm_name_once": (h.Arm, ("trial", "name"), lambda: {"name": "else"}),
    "arm_one_control": (h.Arm, ("trial", "role"), lambda: {"role": "holdback"}),
    "stage_label_once": (h.Stage, ("trial", "stint", "label"), lambda: {"label": "else", "ended_at": LATER}),
    "stage_number_once": (h.Stage, ("trial", "stint", "number"), lambda: {"number": 999, "ended_at": LATER}),
    "stage_one_open": (h.Stage, ("trial", "stint"), lambda: {"ended_at": LATER}),
    "result_current_once": (
        h.Result,
        ("stage", "metric", "arm", "as_of"),
        lambda: {"superseded_at": T0, "revision": 2},
    ),
    "result_revision_once": (h.Result, ("stage", "metric", "arm", "as_of", "revision"), lambda: {"as_of": LATER}),
    "gate_one_undecided": (li.Gate, ("feature",), lambda: {"state": "decided", "decided_at": T0}),
    "gate_cause_once": (li.GateCause, ("gate", "cause", "key"), lambda: {"key": "else"}),
    "stricter_rule_once_a_squad": (li.StricterRule, ("squad", "rule"), lambda: {"rule": "else"}),
    "stricter_rule_once_a_tribe": (li.StricterRule, ("squad", "tribe", "rule"), lambda: {"rule": "else"}),
    "narrowed_once_a_phase": (li.NarrowedDeciders, ("phase", "step_percent"), lambda: {"step_percent": 99}),
    "narrowed_once_a_step": (li.NarrowedDeciders, ("phase", "step_percent"), lambda: {"step_percent": 99}),
    "ladder_step_once": (li.LadderStep, ("ladder", "percent"), lambda: {"percent": 6}),
    "notice_once": (li.Notice, ("gate", "level"), lambda: {"level": "tribe"}),
    "review_item_once": (li.ReviewItem, ("review", "feature"), lambda: {"feature": saved(f.Feature)}),
    "sign_off_once_a_person": (li.SignOff, ("review", "by"), lambda: {"by": person()}),
    "retrospective_one_owed": (li.Retrospective, ("feature",), lambda: {"published_at": T0, "published_by": person()}),
    "retrospective_revision_once": (li.RetrospectiveRevision, ("retrospective", "number"), lambda: {"number": 2}),
    "removal_step_once": (li.RemovalStep, ("removal", "work"), lambda: {"work": "exposure_zero"}),
    "goal_weight_once_a_day": (li.GoalWeight, ("goal", "from_on"), lambda: {"from_on": date(2026, 3, 9)}),
    "round_number_once": (
        li.Round,
        ("feature", "number"),
        lambda: {"number": 999, "closed_at": LATER, "closed_by": person()},
    ),
    "round_one_open": (li.Round, ("feature",), lambda: {"closed_at": LATER, "closed_by": person()}),
    "asked_goal_once": (li.AskedGoal, ("round", "goal"), lambda: {"goal": saved(li.Goal)}),
    "asked_person_once": (li.AskedPerson, ("round", "person"), lambda: {"person": person()}),
    "play_once_a_goal": (li.Play, ("round", "person", "goal"), lambda: {"goal": saved(li.Goal)}),
}
# what the first row of such a pair needs beyond the defaults
FIRST = {
    "stint_number_once": lambda: {"ended_at": LATER},
    "arm_one_control": lambda: {"role": "control"},
    "stage_label_once": lambda: {"ended_at": LATER},
    "stage_number_once": lambda: {"ended_at": LATER},
    "baseline_once_a_tweak": lambda: {"tweak": saved(f.Feature)},
    "overlap_current_once": lambda: {"other": saved(h.Trial), "external": None},
    "stricter_rule_once_a_tribe": lambda: {"squad": None, "tribe": saved(f.Tribe)},
    "narrowed_once_a_step": lambda: {"step_percent": 50},
    "retrospective_one_owed": lambda: {"published_at": None, "published_by": None},
}
# where one fault cannot but break a second rule as well, the database may name that one
BROKEN_TOO = {
    "gate_state_known": ["gate_due_at_when_due"],
    "result_n_not_negative": ["result_n_check", "CHECK constraint failed: n", '"n" >= 0'],
}
ELSEWHERE = {
    "feature_not_its_own_parent",
    "baseline_tweak_is_another",
    "overlap_other_is_another",
    "lesson_repeats_another",
    "lesson_evidence_decision_of_feature",
}
"""They have tests of their own below."""


def ours():
    floors = ("features", "hypotheses", "lifecycle")
    return [model for floor in floors for model in apps.get_app_config(floor).get_models()]


def test_every_constraint_has_its_case_here():
    names = {constraint.name for model in ours() for constraint in model._meta.constraints}
    assert names == set(REFUSED) | set(ONLY_ONE) | ELSEWHERE


@pytest.mark.django_db
@pytest.mark.parametrize("model", ours(), ids=lambda model: model.__name__)
def test_an_ordinary_row_is_accepted(model):
    if not model._meta.auto_created:
        saved(model)


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED)
def test_the_database_refuses_a_row_that_breaks(name):
    model, broken = REFUSED[name]
    made = row(model, **(broken() if callable(broken) else broken))
    with pytest.raises((IntegrityError, DataError)) as refused, transaction.atomic():
        made.save(force_insert=True)
    told = str(refused.value)
    assert any(word in told for word in (name, *BROKEN_TOO.get(name, ()))) or "out of range" in told


@pytest.mark.django_db
@pytest.mark.parametrize("name", ONLY_ONE)
def test_the_database_keeps_only_one(name):
    model, fields, otherwise = ONLY_ONE[name]
    first = saved(model, **FIRST.get(name, dict)())
    shared = {field: getattr(first, field) for field in fields}
    kept = {k: v for k, v in FIRST.get(name, dict)().items() if k not in shared and not isinstance(v, models.Model)}
    with pytest.raises(IntegrityError), transaction.atomic():
        row(model, **{**kept, **shared}).save(force_insert=True)
    row(model, **{**kept, **shared, **otherwise()}).save(force_insert=True)


@pytest.mark.django_db
def test_a_feature_is_not_its_own_parent():
    feature = saved(f.Feature)
    with pytest.raises(IntegrityError), transaction.atomic():
        f.Feature.objects.filter(pk=feature.pk).update(parent=feature)


@pytest.mark.django_db
def test_a_baseline_is_not_moved_by_its_own_feature():
    feature = saved(f.Feature)
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(h.Baseline, feature=feature, tweak=feature)


@pytest.mark.django_db
def test_a_lesson_does_not_repeat_itself():
    lesson = saved(li.Lesson)
    with pytest.raises(IntegrityError), transaction.atomic():
        li.Lesson.objects.filter(pk=lesson.pk).update(repeats=lesson)


@pytest.mark.django_db
def test_evidence_from_a_decision_names_its_feature():
    decision = saved(li.Decision)
    saved(li.LessonEvidence, decision=decision, feature=decision.feature)
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(li.LessonEvidence, decision=decision)


@pytest.mark.django_db
def test_a_trial_does_not_overlap_with_itself():
    overlap = saved(h.Overlap)
    with pytest.raises(IntegrityError), transaction.atomic():
        h.Overlap.objects.filter(pk=overlap.pk).update(other=overlap.trial, external=None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model",
    [f.AuditEntry, h.Baseline, h.Clearance, h.Unfolding, li.Decision, li.RetrospectiveRevision, li.LessonEvidence],
    ids=lambda model: model.__name__,
)
def test_what_is_append_only_is_neither_changed_nor_deleted(model):
    made = saved(model)
    field = made._meta.fields[1].attname
    with pytest.raises((IntegrityError, Exception), match="append-only"), transaction.atomic():
        model.objects.filter(pk=made.pk).update(**{field: getattr(made, field)})
    with pytest.raises((IntegrityError, Exception), match="append-only"), transaction.atomic():
        model.objects.filter(pk=made.pk)._raw_delete(using="default")
    assert model.objects.filter(pk=made.pk).exists()
