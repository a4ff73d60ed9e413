"""Plans: a pause that keeps members, a nudge that went on against the rules, a family plan whose tweak just landed."""

from typing import Final

from hypotheses.enums import Better
from lifecycle.demo.climbing import climb, short_ladder
from lifecycle.demo.script import (
    ADVANCE,
    ANALYSIS,
    BETA,
    INTERVIEWS,
    ITERATE,
    MVP,
    PROTOTYPE,
    Ago,
    Belief,
    Costs,
    Decided,
    Earns,
    Experiment,
    Found,
    Guard,
    Life,
    Override,
    Planned,
    WhenDue,
)

CONTACTS: Final = Guard("support-contacts", 0.004)
CHURN: Final = Guard("member-churn", 0.005)

FAMILY_ROOMS: Final = Life(
    key="family-rooms",
    name="Family rooms",
    squad="plans",
    owner="rosa",
    summary="A family plan in which each room has its own music.",
    tags=("plans", "devices"),
    born=27,
    belief=Belief(
        change="a plan with a speaker profile for each room",
        audience="members with three accounts or more at one address",
        reason="children interrupt their parents’ music, and the parents cancel",
        metric="plan-upgrades",
        effect=0.002,
        mvp="Three rooms, no rules for bedtime.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(26, INTERVIEWS, "Eight families: all had a row about it."),
        Found(25.6, PROTOTYPE, "A week with lent speakers.", hits=7, tried=8),
        Decided(at=25, outcome=ADVANCE, by="rosa", reason="Seven of eight wanted to keep the speakers."),
        Found(20.4, BETA, "Beta with 90 families.", hits=63, tried=90),
        Planned(20, "Members fall back to the family plan at the same price for a year.", "sami"),
        Decided(at=19.5, outcome=ADVANCE, by="zoe", reason="The beta pays for itself. From 1 % on.", call="Ready."),
        *climb(19.5, 1, 1, 1, 1.5, 1.5, 2.1, by="rosa", said=1),
        Decided(at=11, outcome=ITERATE, questions=(MVP,), by="rosa", tweak="bedtime-for-rooms", time_box=160,
                call="The first tweak is ready to start.",
                reason="Parents ask for one thing: that the children’s room falls silent by itself."),
    ),
    experiment=Experiment(units=440_000, effect=0.0042, unit="member"),
    costs=Costs(
        think=4, build=20, ship=9, tweak=4, infrastructure=460, once=((24, "equipment", 7200, "24 lent speakers"),)
    ),
    earns=Earns(5_200, settles=16),
)  # fmt: skip

BEDTIME: Final = Life(
    key="bedtime-for-rooms",
    name="Bedtime for rooms",
    squad="plans",
    owner="tove",
    parent="family-rooms",
    summary="A room falls silent at its hour.",
    tags=("plans",),
    time_box=60,
    belief=Belief(
        change="an hour after which a room fades out",
        audience="members with a family room for a child",
        reason="it is what they ask support for",
        metric="plan-upgrades",
        effect=0.002,
        mvp="One hour for each room, the same on all days.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(10.6, PROTOTYPE, "Bedtime by a call from us, for six families.", hits=6, tried=6),
        Decided(at=10, outcome=ADVANCE, by="rosa", reason="All six want it, and it is small.",
                call="The calls are over."),
        short_ladder(9.7),
        Found(6.6, BETA, "Beta with 70 families.", hits=58, tried=70),
        Planned(6.3, "Remove the hour from the room’s settings.", "tove"),
        Decided(at=5.9, outcome=ADVANCE, by="zoe", reason="Small, asked for, and it can be taken out again.",
                call="Ready."),
        *climb(5.9, 1, 1.4, by="tove", steps=(5, 25)),
        Decided(at=Ago(2.2), outcome=ADVANCE, by="tove", call="It ran at 99 % for three weeks, longer than its course.",
                reason="It holds for everybody, and upgrades are up against the holdback. It lands."),
    ),
    experiment=Experiment(units=360_000, effect=0.0041, unit="member"),
    costs=Costs(think=2, build=7, ship=3),
)  # fmt: skip

PAUSE: Final = Life(
    key="pause-subscription",
    name="Pause instead of cancel",
    squad="plans",
    owner="sami",
    summary="Pause a membership for up to three months.",
    tags=("plans", "churn"),
    born=22,
    belief=Belief(
        change="a pause of one to three months, offered where members cancel",
        audience="members who open the page on which they cancel",
        reason="one in four who cancel comes back within half a year",
        metric="member-churn",
        direction=Better.DOWN,
        effect=0.003,
        mvp="One month, by hand in the support tool.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(21, ANALYSIS, "26 % of those who cancel pay again within six months."),
        Found(20.6, PROTOTYPE, "Offered on the phone.", hits=19, tried=24),
        Decided(at=20, outcome=ADVANCE, by="rosa", reason="Nineteen of twenty-four took the pause.", time_box=70),
        Found(11.4, BETA, "Beta in Norway.", hits=140, tried=190, market="Norway"),
        Planned(11, "Running pauses end as promised; the offer disappears from the page.", "tove"),
        Decided(at=10.5, outcome=ADVANCE, by="zoe", reason="Norway keeps its members. Everywhere, with care.",
                call="Ready."),
        *climb(10.5, 1, 1, 2, 2.5, by="sami", said=2),
        Decided(at=Ago(6), outcome=ADVANCE, by="sami", call="The new terms are in force; nothing else was open.",
                reason="Churn falls at 50 % as it did at 25 %. Legal wanted the new terms in force first; now to 99 "
                       "%."),
    ),
    experiment=Experiment(units=490_000, effect=-0.0058, unit="member"),
    costs=Costs(think=3, build=10, ship=6, infrastructure=80),
)  # fmt: skip

ANNUAL_NUDGE: Final = Life(
    key="annual-plan-nudge",
    name="Nudge to the annual plan",
    squad="plans",
    owner="tove",
    summary="Tell monthly members what a year would have cost them.",
    tags=("plans",),
    born=14,
    belief=Belief(
        change="a yearly statement with what the annual plan would have cost",
        audience="monthly members for more than eleven months",
        reason="most of them do not know that there is one",
        metric="plan-upgrades",
        effect=0.002,
        mvp="One mail, once.",
        guards=(CHURN,),
    ),
    acts=(
        Found(13, PROTOTYPE, "A letter to forty members.", hits=29, tried=40),
        Decided(at=12, outcome=ADVANCE, by="tove", time_box=49, reason="A letter is cheap; twenty-nine called us."),
        short_ladder(11.7),
        Found(6.6, BETA, "Beta: a mail to 500 members.", hits=290, tried=500),
        Planned(6.5, "Stop sending. Nothing else remains.", "sami"),
        Decided(at=6.2, outcome=ADVANCE, by="rosa", reason="Clear enough for the ladder.", call="Ready."),
        *climb(6.2, 1, by="tove", steps=(5,), said=1),
        Decided(at=1.1, outcome=ADVANCE, by="rosa", call="The price changes on the first of the month.",
                reason="The price changes on the first of the month, so the mail has to reach everybody before it or "
                       "not at all.",
                override=Override(consent_by="zoe",
                                  consent="I accept that the effect is not proved: the mail is honest, harms nobody, "
                                          "and the date is fixed.",
                                  reason="The date of the price change is outside our hands; waiting would decide "
                                         "the question for us.")),
    ),
    experiment=Experiment(units=20_000, effect=0.0009, unit="member"),
    costs=Costs(think=2, build=6, ship=3),
)  # fmt: skip

STUDENT_CHECK: Final = Life(
    key="student-check",
    name="Student check",
    squad="plans",
    owner="sami",
    summary="Prove once a year that you study, in one minute.",
    tags=("plans",),
    born=88,
    belief=Belief(
        change="a check with the university’s own sign-in",
        audience="students with the student plan",
        reason="half give up when asked for a scan of their card, and then leave altogether",
        metric="member-churn",
        direction=Better.DOWN,
        effect=0.003,
        mvp="Eleven universities.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(87, PROTOTYPE, "Students at three universities.", hits=22, tried=24),
        Decided(at=86, outcome=ADVANCE, by="sami", reason="One minute instead of two days."),
        short_ladder(85.7),
        Found(82, BETA, "Beta at eleven universities.", hits=300, tried=345),
        Planned(81.6, "Back to the scan; contracts can be ended within a quarter.", "tove"),
        Decided(at=81, outcome=ADVANCE, by="rosa", reason="300 of 345. In three steps before the semester.",
                call="Ready."),
        *climb(81, 1, 2, 2.1, by="sami", steps=(5, 25, 99), said=1),
        WhenDue(ADVANCE, "No second idea that would keep more students. Done.", by="sami"),
        WhenDue(ADVANCE, "It keeps four hundred students a month. Kept.", by="rosa"),
        WhenDue(ADVANCE, "Contracts renewed at the same price. Kept.", by="sami"),
        WhenDue(ADVANCE, "Kept.", by="rosa", again=True),
    ),
    experiment=Experiment(units=460_000, effect=-0.0061, unit="member"),
    costs=Costs(think=2, build=11, ship=5, tweak=2, maintain=0.6, infrastructure=380),
    earns=Earns(4_300, settles=10),
)  # fmt: skip

DAY_PASS: Final = Life(
    key="day-pass",
    name="Day pass at the counter",
    squad="plans",
    owner="tove",
    summary="A day of everything, sold in partners’ shops.",
    tags=("plans", "partners"),
    born=Ago(46),
    belief=Belief(
        change="a card with a code for one day, at the counter",
        audience="visitors of partners’ shops who are not members",
        reason="partners ask for something to give away",
        metric="counter-sales",
        effect=0.8,
        mvp="One chain, 40 shops.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(Ago(40), INTERVIEWS, "Six shopkeepers: five would put it beside the till."),
        Found(Ago(38), PROTOTYPE, "Cards in two shops.", hits=21, tried=30),
        Decided(at=Ago(31.5), outcome=ADVANCE, by="rosa", reason="People took them. One chain next.", time_box=60),
    ),
    costs=Costs(think=2, build=7, once=((Ago(12), "material", 3100, "Print of 20,000 cards"),)),
)  # fmt: skip

PLANS: Final = (FAMILY_ROOMS, BEDTIME, PAUSE, ANNUAL_NUDGE, STUDENT_CHECK, DAY_PASS)
