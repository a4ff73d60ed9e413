"""The pages, and the doors before sign-in."""

from django.conf import settings
from django.contrib.auth import views as auth
from django.urls import path

from lifecycle.pages.attention import attention_page
from lifecycle.pages.backfill_acts import backfill_page, resume_page, stop_page
from lifecycle.pages.backlog import backlog_page
from lifecycle.pages.board import board_page
from lifecycle.pages.calibration import calibration_page
from lifecycle.pages.catalogue import catalogue_page
from lifecycle.pages.envelopes import envelopes_page
from lifecycle.pages.evidence_acts import clear_page, unfold_page
from lifecycle.pages.feature import feature_page
from lifecycle.pages.feature_acts import ACTS, act_page, new_feature_page, removed_page
from lifecycle.pages.gate import call_page, consent_page, gate_page
from lifecycle.pages.goals import goal_page, goals_page
from lifecycle.pages.imports import forget_page, import_page, imports_page, record_page, upload_page
from lifecycle.pages.kin import kin_read_page
from lifecycle.pages.lessons import lesson_page, lessons_page
from lifecycle.pages.metric import metric_page, preview_page
from lifecycle.pages.owed import owed_page
from lifecycle.pages.planner import planner_page
from lifecycle.pages.portfolio import pack_csv, pack_page, pack_pdf, portfolio_page
from lifecycle.pages.price_act import price_page
from lifecycle.pages.pull_acts import pull_now_page, retry_dead_page, retry_page, skip_page
from lifecycle.pages.pulls import pulls_page
from lifecycle.pages.rates import rates_page
from lifecycle.pages.retrospective import retrospective_page
from lifecycle.pages.review import live_page, review_page
from lifecycle.pages.review_item import item_page
from lifecycle.pages.review_report import report_csv, report_page, report_pdf
from lifecycle.pages.reviews import ACTS as REVIEW_ACTS
from lifecycle.pages.reviews import act_on_review, reviews_page
from lifecycle.pages.rounds import open_round_page, reveal_page, round_page
from lifecycle.pages.source import source_page, try_page
from lifecycle.pages.styleguide import styleguide
from lifecycle.pages.wall import wall_page
from lifecycle.pages.week import my_week_page, week_page

urlpatterns = [
    path("", board_page, name="board"),
    path("features/new/", new_feature_page, name="feature-new"),
    path("features/<slug:key>/", feature_page, name="feature"),
    path("features/<slug:key>/removed/", removed_page, name="feature-removed"),
    path("features/<slug:key>/score/", open_round_page, name="round-new"),
    path("features/<slug:key>/plan/", planner_page, name="feature-plan"),
    path("features/<slug:key>/kin/", kin_read_page, name="feature-kin"),
    path("features/<slug:key>/retrospective/", retrospective_page, name="feature-retrospective"),
    path("features/<slug:key>/unfold/", unfold_page, name="feature-unfold"),
    path("features/<slug:key>/clear/", clear_page, name="feature-clear"),
    *(path(f"features/<slug:key>/{act}/", act_page, {"act": act}, name=f"feature-{act}") for act in ACTS),
    path("gates/<int:gate_id>/", gate_page, name="gate"),
    path("gates/<int:gate_id>/call/", call_page, name="gate-call"),
    path("gates/<int:gate_id>/consents/", consent_page, name="gate-consent"),
    path("backlog/", backlog_page, name="backlog"),
    path("goals/", goals_page, name="goals"),
    path("goals/<slug:key>/", goal_page, name="goal"),
    path("rounds/<int:pk>/", round_page, name="round"),
    path("rounds/<int:pk>/reveal/", reveal_page, name="round-reveal"),
    path("week/", my_week_page, name="my-week"),
    path("squads/<slug:slug>/week/", week_page, name="week"),
    path("squads/<slug:slug>/rates/", rates_page, name="squad-rates"),
    path("squads/<slug:slug>/envelopes/", envelopes_page, name="squad-envelopes"),
    path("owed/", owed_page, name="owed"),
    path("lessons/", lessons_page, name="lessons"),
    path("lessons/wall/", wall_page, name="lessons-wall"),
    path("lessons/<int:lesson_id>/", lesson_page, name="lesson"),
    path("calibration/", calibration_page, name="calibration"),
    path("imports/", imports_page, name="imports"),
    path("imports/new/<slug:kind>/", upload_page, name="import-new"),
    path("imports/<int:draft_id>/", import_page, name="import"),
    path("imports/<int:draft_id>/record/", record_page, name="import-record"),
    path("imports/<int:draft_id>/forget/", forget_page, name="import-forget"),
    path("portfolio/", portfolio_page, name="portfolio"),
    path("portfolio/pack/<slug:quarter>/", pack_page, name="portfolio-pack"),
    path("portfolio/pack/<slug:quarter>.csv", pack_csv, name="portfolio-pack-csv"),
    path("portfolio/pack/<slug:quarter>.pdf", pack_pdf, name="portfolio-pack-pdf"),
    path("reviews/", reviews_page, name="reviews"),
    path("reviews/<slug:quarter>/", review_page, name="review"),
    path("reviews/<slug:quarter>/live/", live_page, name="review-live"),
    path("reviews/<slug:quarter>/report/", report_page, name="review-report"),
    path("reviews/<slug:quarter>/report.pdf", report_pdf, name="review-pdf"),
    path("reviews/<slug:quarter>/report.csv", report_csv, name="review-csv"),
    path("reviews/<slug:quarter>/items/<slug:key>/", item_page, name="review-item"),
    *(path(f"reviews/<slug:quarter>/{act}/", act_on_review, {"act": act}, name=f"review-{act}") for act in REVIEW_ACTS),
    path("pulls/", pulls_page, name="pulls"),
    path("pulls/attention/", attention_page, name="pulls-attention"),
    path("pulls/<int:pull_id>/retry/", retry_page, name="pull-retry"),
    path("pulls/<int:pull_id>/skip/", skip_page, name="pull-skip"),
    path("pulls/sources/<slug:key>/", source_page, name="source"),
    path("pulls/sources/<slug:key>/retry/", retry_dead_page, name="source-retry"),
    path("pulls/sources/<slug:key>/try/", try_page, name="source-try"),
    path("pulls/metrics/", catalogue_page, name="catalogue"),
    path("pulls/metrics/<slug:key>/", metric_page, name="metric"),
    path("pulls/metrics/<slug:key>/now/", pull_now_page, name="metric-now"),
    path("pulls/metrics/<slug:key>/price/", price_page, name="metric-price"),
    path("pulls/metrics/<slug:key>/preview/", preview_page, name="metric-preview"),
    path("pulls/metrics/<slug:key>/backfill/", backfill_page, name="metric-backfill"),
    path("pulls/backfills/<int:backfill_id>/stop/", stop_page, name="backfill-stop"),
    path("pulls/backfills/<int:backfill_id>/resume/", resume_page, name="backfill-resume"),
    path("login/", auth.LoginView.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("password/reset/", auth.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", auth.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("password/reset/complete/", auth.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
