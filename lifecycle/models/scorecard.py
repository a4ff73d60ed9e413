"""What decides the order of what enters Think It: goals with weights, and the points that squads give by poker."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from features.models import Feature
from features.models.constraints import not_blank, together, within
from features.models.squad import SLUG
from lifecycle.poker import MOST, SCALE

MOST_WEIGHT = 100


class Goal(models.Model):
    """What the house is after, as long as it is: from its first weight on, until the day `ended_on`."""

    key = models.CharField(max_length=60, unique=True, validators=[SLUG])
    name = models.CharField(max_length=80)
    why = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="goals_owned")
    ended_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "goal"
        ordering = ("key",)
        constraints = [
            not_blank("key", name="goal_key_given"),
            not_blank("name", name="goal_name_given"),
            not_blank("why", name="goal_why_given"),
        ]

    def __str__(self) -> str:
        return self.name


class GoalWeight(models.Model):
    """What a goal weighs beside the others, from a day on; what it weighed before stays, so that scores can be
    computed again.
    """

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="weights")
    from_on = models.DateField()
    weight = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "goal_weight"
        ordering = ("goal_id", "from_on")
        constraints = [
            models.UniqueConstraint(fields=["goal", "from_on"], name="goal_weight_once_a_day"),
            within("weight", 1, MOST_WEIGHT, name="goal_weight_range"),
        ]

    def __str__(self) -> str:
        return f"{self.goal}: {self.weight} from {self.from_on}"


class Round(models.Model):
    """One scoring of a feature in Think It. Points are hidden until it is revealed (`closed_at`): by the last who
    plays, or by a lead with a reason. `score` with its ends is frozen then, in points; None where nobody could say.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    why = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reveal_reason = models.TextField(blank=True)
    score = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    score_low = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    score_high = models.DecimalField(max_digits=4, decimal_places=2, null=True)

    class Meta:
        db_table = "scoring_round"
        ordering = ("feature_id", "number")
        constraints = [
            models.UniqueConstraint(fields=["feature", "number"], name="round_number_once"),
            models.UniqueConstraint(fields=["feature"], condition=Q(closed_at__isnull=True), name="round_one_open"),
            within("number", 1, name="round_number_from_one"),
            models.CheckConstraint(condition=Q(number=1) | ~Q(why=""), name="round_repeated_for_a_reason"),
            together("closed_at", "closed_by", name="round_revealed_by_somebody"),
            together("score", "score_low", "score_high", name="round_score_whole"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")), name="round_revealed_in_order"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(closed_at__isnull=False), name="round_scored_when_revealed"
            ),
            within("score", 0, MOST, name="round_score_range"),
        ]

    def __str__(self) -> str:
        return f"round {self.number} of {self.feature}"


class AskedGoal(models.Model):
    """A goal that a round asks for, with the weight it had when the round was opened, and what its points came to."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="goals")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+")
    weight = models.PositiveSmallIntegerField()
    count = models.PositiveSmallIntegerField(default=0)
    lowest = models.PositiveSmallIntegerField(null=True)
    low = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    median = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    high = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    highest = models.PositiveSmallIntegerField(null=True)

    class Meta:
        db_table = "asked_goal"
        ordering = ("round_id", "-weight", "goal_id")
        constraints = [
            models.UniqueConstraint(fields=["round", "goal"], name="asked_goal_once"),
            within("weight", 1, MOST_WEIGHT, name="asked_goal_weight_range"),
            together("lowest", "low", "median", "high", "highest", name="asked_goal_tally_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.goal} in {self.round}"


class AskedPerson(models.Model):
    """Somebody who was of the squad when a round was opened: it waits for this person."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="people")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rounds_asked")

    class Meta:
        db_table = "asked_person"
        ordering = ("round_id", "id")
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="asked_person_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.round}"


class Play(models.Model):
    """The card that one person plays for one goal; None is “cannot say”. It may be changed until the round is revealed.

    No door shows a play of a round that is not revealed to anybody but who played it.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="plays")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "play"
        ordering = ("round_id", "id")
        constraints = [
            models.UniqueConstraint(fields=["round", "person", "goal"], name="play_once_a_goal"),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__in=SCALE), name="play_points_are_a_card"
            ),
        ]

    def __str__(self) -> str:
        return f"a card of {self.person} in {self.round}"
