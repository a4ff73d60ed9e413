"""Outreach: messages that bring members back, one that was pruned, and a chat whose gate was called."""

from typing import Final

from hypotheses.enums import Better
from lifecycle.demo.climbing import climb, short_ladder
from lifecycle.demo.script import (
    ADVANCE,
    ANALYSIS,
    BETA,
    HYPOTHESIS,
    INTERVIEWS,
    ITERATE,
    KILL,
    PROTOTYPE,
    Ago,
    Belief,
    Called,
    Confirmed,
    Costs,
    Decided,
    Earns,
    Experiment,
    Found,
    Guard,
    Life,
    Planned,
    WhenDue,
)
from lifecycle.enums import RemovalWork

CONTACTS: Final = Guard("support-contacts", 0.004)

WIN_BACK: Final = Life(
    key="win-back-letter",
    name="Win-back letter",
    squad="outreach",
    owner="uma",
    summary="A letter with what was new since you left.",
    tags=("messages", "churn"),
    born=72,
    belief=Belief(
        change="a personal letter three months after a member left",
        audience="members who left for another reason than the price",
        reason="those who come back say that they had not heard of what is new",
        metric="win-backs",
        effect=0.003,
        mvp="A letter on paper to 300.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(71, PROTOTYPE, "300 letters; 40 called were asked.", hits=31, tried=40),
        Decided(at=70, outcome=ADVANCE, by="uma", reason="They read it. Three in four remember it a week later."),
        short_ladder(69.7),
        Found(66.5, BETA, "Beta by mail to 5,000.", hits=120, tried=190),
        Planned(66.2, "Stop sending.", "viggo"),
        Decided(at=66, outcome=ADVANCE, by="uma", reason="It works by mail too. Three steps.", call="Ready."),
        *climb(66, 1, 2, 2.1, by="uma", steps=(5, 25, 99)),
        WhenDue(ADVANCE, "One letter is enough: two were tried in the beta and annoyed people.", by="uma"),
        WhenDue(ADVANCE, "Brings back eighty members a week for a day’s work in the month. Kept.", by="uma"),
        WhenDue(ADVANCE, "Kept.", by="wanda", again=True),
    ),
    experiment=Experiment(units=480_000, effect=0.0063, unit="former member"),
    costs=Costs(think=2, build=8, ship=4, tweak=2, maintain=0.4, infrastructure=150),
    earns=Earns(3_100, settles=8),
)  # fmt: skip

QUIET_HOURS: Final = Life(
    key="quiet-hours",
    name="Quiet hours",
    squad="outreach",
    owner="viggo",
    summary="No message between ten and seven, by your own clock.",
    tags=("messages",),
    born=69,
    belief=Belief(
        change="messages wait until seven o’clock where the member is",
        audience="members with messages switched on",
        reason="messages are switched off at night, and never on again",
        metric="member-churn",
        direction=Better.DOWN,
        effect=0.003,
        mvp="Two time zones.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(68, ANALYSIS, "60 % of all messages are switched off between 23 and 6 o’clock."),
        Found(67.6, INTERVIEWS, "Seven members who switched them off."),
        Found(67.4, PROTOTYPE, "Held back by hand for a month.", hits=20, tried=23),
        Decided(at=67, outcome=ADVANCE, by="viggo", reason="Nobody misses a message at night."),
        short_ladder(66.7),
        Found(63.4, BETA, "Beta in two time zones.", hits=170, tried=200),
        Planned(63.2, "Send at once again.", "wanda"),
        Decided(at=63, outcome=ADVANCE, by="uma", reason="Quiet, and nobody complained.", call="Ready."),
        *climb(63, 1, 2, 2.1, by="viggo", steps=(5, 25, 99), said=2),
        WhenDue(ADVANCE, "It is quiet. We move on.", by="viggo"),
        WhenDue(ADVANCE, "Fewer members leave; nobody has put a price on it. Kept.", by="uma"),
        Decided(at=9, outcome=ITERATE, questions=(HYPOTHESIS,), by="uma", call="The shift workers’ letter reached us.",
                time_box=120,
                reason="Shift workers sleep at noon. Worth going back to Tweak It: hours that one can choose."),
    ),
    experiment=Experiment(units=480_000, effect=-0.0064, unit="member"),
    costs=Costs(think=2, build=8, ship=4, tweak=2.5, maintain=0.4),
)  # fmt: skip

REFERRAL_BONUS: Final = Life(
    key="referral-bonus",
    name="Referral bonus",
    squad="outreach",
    owner="wanda",
    summary="A month for you, a month for your friend.",
    tags=("messages", "social"),
    born=86,
    belief=Belief(
        change="a free month for both when a friend joins",
        audience="members for more than a year",
        reason="they recommend us anyway",
        metric="win-backs",
        effect=0.003,
        mvp="A code to type in.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(85, PROTOTYPE, "Cards handed out at concerts.", hits=14, tried=20),
        Decided(at=84, outcome=ADVANCE, by="wanda", reason="Fourteen of twenty passed it on."),
        short_ladder(83.7),
        Found(80, BETA, "Beta with 2,000 members.", hits=95, tried=160),
        Planned(79.6, "Codes stay valid for six months after the last one was given.", "viggo"),
        Decided(at=79, outcome=ADVANCE, by="uma", reason="The beta brought friends. Three steps.", call="Ready."),
        *climb(79, 1, 2, 2.1, by="wanda", steps=(5, 25, 99), said=1),
        WhenDue(ADVANCE, "No tweak worth its while.", by="wanda"),
        WhenDue(ADVANCE, "Still above its cost, and falling. Kept, and looked at again.", by="uma"),
        Decided(at=7, outcome=KILL, by="zoe", call="The forum was in the news this week.",
                reason="Codes are traded on forums now: for two quarters it has cost more than it brought. Pruned."),
        Confirmed(6, RemovalWork.EXPOSURE_ZERO, "No new codes are given.", "wanda"),
    ),
    experiment=Experiment(units=460_000, effect=0.0061, unit="member"),
    costs=Costs(think=2, build=9, ship=5, tweak=2, maintain=1.6, infrastructure=540),
    earns=Earns(2_700, settles=6, fades=0.035),
)  # fmt: skip

CONCIERGE: Final = Life(
    key="concierge-chat",
    name="Concierge chat",
    squad="outreach",
    owner="viggo",
    summary="Ask a person what to listen to, or to buy.",
    tags=("messages",),
    born=8,
    belief=Belief(
        change="a chat with a person who knows the catalogue",
        audience="members who searched three times without a play",
        reason="they give up, and come back a week later",
        metric="plan-upgrades",
        effect=0.002,
        mvp="Two people, four evenings a week.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(7, INTERVIEWS, "Nine members: all had asked a friend instead."),
        Found(6.6, PROTOTYPE, "Chats by hand on four evenings.", hits=15, tried=18),
        Decided(at=6, outcome=ADVANCE, by="uma",
                reason="Fifteen of eighteen found something. But who is to answer in a year?", time_box=70),
        Called(Ago(4), "The two people who answer leave in January. Decide before we hire anybody.", by="viggo"),
    ),
    costs=Costs(think=3, build=9, once=((4, "people", 4200, "Two evenings’ concierges"),)),
)  # fmt: skip

BIRTHDAY: Final = Life(
    key="birthday-surprise",
    name="Birthday surprise",
    squad="outreach",
    owner="wanda",
    summary="The songs of the year in which you were born.",
    tags=("messages",),
    born=35,
    belief=Belief(
        change="a playlist of the year of birth, on the birthday",
        audience="members who told us their birthday",
        reason="people like to be remembered",
        metric="listening-minutes",
        effect=0.3,
        mvp="A playlist by hand.",
        guards=(CONTACTS,),
    ),
    acts=(
        Found(34, PROTOTYPE, "Forty birthdays: four played it.", hits=4, tried=40),
        Decided(at=33, outcome=KILL, by="wanda", reason="Four of forty. Two weeks and 3,000; a cheap no."),
    ),
    costs=Costs(think=2.4),
)  # fmt: skip

OUTREACH: Final = (WIN_BACK, QUIET_HOURS, REFERRAL_BONUS, CONCIERGE, BIRTHDAY)
