"""Django's admin for this floor: people, tribes and squads are managed here; what is decided is only read (law 1)."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from features.actions.recording import record
from features.actions.token import revoke_token, token_name
from features.models import (
    Allocation,
    AuditEntry,
    Feature,
    Investment,
    Membership,
    Rate,
    Return,
    Seat,
    Squad,
    Stint,
    Tag,
    Tribe,
)

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Membership, Squad]
    People = UserAdmin[User]
else:  # Django's own classes take no type arguments when they run
    Admin, Inline, People = admin.ModelAdmin, admin.TabularInline, UserAdmin


class ReadOnly(Admin):
    """Rows that come about by acts only (law 1): the admin shows them and writes none."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All of them."""
        return [field.name for field in self.opts.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class Audited(Admin):
    """Rows that the admin writes, each write in the history, within its transaction."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Added."""
        self._record(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Changed."""
        self._record(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Deleted."""
        for row in queryset:
            self._record(request, row, "deleted", [])
        return super().log_deletions(request, queryset)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """A changed row gets its next version, so that whoever read it before is told."""
        if change and hasattr(obj, "version"):
            obj.version += 1
        super().save_model(request, obj, form, change)

    @staticmethod
    def _record(request: HttpRequest, row: Any, verb: str, message: Any) -> None:
        kind = row._meta.model_name
        named = getattr(row, "slug", None) or getattr(row, "key", None) or getattr(row, "username", None) or row.pk
        by = request.user if isinstance(request.user, User) else None
        body = {"in": "admin", "what": message}
        record(act=f"{kind}.{verb}", subject=f"{kind}:{named}"[:120], by=by, now=timezone.now(), body=body)


class MembershipInline(Inline):
    """Who is in the squad."""

    model = Membership
    autocomplete_fields = ("person",)
    extra = 1


@admin.register(Tribe)
class TribeAdmin(Audited):
    """Tribes and their leaders."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    filter_horizontal = ("leaders",)


@admin.register(Squad)
class SquadAdmin(Audited):
    """Squads and their people."""

    list_display = ("name", "slug", "tribe")
    list_filter = ("tribe",)
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The slug, once it is there: what was booked for the squad is known by it."""
        return ["slug"] if obj else []


@admin.register(Tag)
class TagAdmin(Audited):
    """Words on features."""

    search_fields = ("name",)


@admin.register(Feature)
class FeatureAdmin(ReadOnly):
    """Features are registered, changed and decided on through the pages and the API."""

    list_display = ("key", "name", "squad", "phase", "status")
    list_filter = ("phase", "status", "squad")
    search_fields = ("key", "name")


@admin.register(Stint)
class StintAdmin(ReadOnly):
    """Stays in phases."""

    list_display = ("feature", "number", "phase", "iteration", "started_at", "ended_at")
    list_select_related = ("feature",)


@admin.register(Investment, Return)
class LedgerAdmin(ReadOnly):
    """The ledger, with its revisions."""

    list_display = ("feature", "on", "amount", "currency", "source", "external_id", "revision")
    list_select_related = ("feature",)
    search_fields = ("external_id",)


@admin.register(Allocation)
class AllocationAdmin(ReadOnly):
    """What squads work on: they say it on their pages."""

    list_display = ("squad", "week", "feature", "percent", "booked_at")
    list_select_related = ("squad", "feature")
    list_filter = ("squad",)


@admin.register(Rate, Seat)
class RateCardAdmin(ReadOnly):
    """The rate card: leads set it on their squad's page."""

    list_display = ("role", "squad", "from_on", "__str__")
    list_select_related = ("squad",)
    list_filter = ("squad",)


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    """The history."""

    list_display = ("number", "at", "by_name", "act", "subject")
    search_fields = ("subject", "act", "by_name")


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(Audited, People):
    """People. Who left is made inactive: their acts stay, so their row does."""


admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(ReadOnly):
    """Tokens of programs: listed and revoked. `create_token` makes them, for one person; they never change hands."""

    list_display = ("named", "user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    fields = ("named", "user", "created", "expiry")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All that is shown; what the token begins with is not."""
        return list(self.fields)

    @admin.display(description="token", ordering="digest")
    def named(self, token: AuthToken) -> str:
        """The beginning of its hash, as the history names it."""
        return token_name(token)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To revoke it: whoever Django lets."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_model(self, request: HttpRequest, obj: AuthToken) -> None:
        """Revoke one."""
        by = request.user if isinstance(request.user, User) else None
        revoke_token(token=obj, by=by, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Revoke those that were chosen."""
        for token in queryset.select_related("user"):
            self.delete_model(request, token)
