"""What else Checkout lived through: one that pays, one that did harm, one that nobody wanted, one over budget."""

from typing import Final

from lifecycle.demo.climbing import climb, short_ladder
from lifecycle.demo.script import (
    ADVANCE,
    BETA,
    INTERVIEWS,
    ITERATE,
    KILL,
    MVP,
    PROSPECTS,
    PROTOTYPE,
    Ago,
    Belief,
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

FAILURES: Final = Guard("order-failures", 0.003)
BASKETS: Final = Guard("basket-value", 0.9)

GUEST_CHECKOUT: Final = Life(
    key="guest-checkout",
    name="Guest checkout",
    squad="checkout",
    owner="bo",
    summary="Buy without an account; the account is offered afterwards.",
    tags=("checkout",),
    born=104,
    belief=Belief(
        change="a checkout without an account",
        audience="visitors who have never ordered",
        reason="four in ten leave at the page that asks for a password",
        metric="checkout-completion",
        effect=0.006,
        mvp="Card payment only, one delivery address.",
        guards=(FAILURES,),
    ),
    acts=(
        Found(103.3, PROTOTYPE, "Click-through with visitors from the street.", hits=17, tried=19,
              population=PROSPECTS),
        Decided(at=102.4, outcome=ADVANCE, by="bo", reason="They pay without asking where the account is.",
                call="The test is done."),
        short_ladder(102.1),
        Found(99, BETA, "Two weeks in the Danish shop: 212 of 260 went through.", hits=212, tried=260,
              market="Denmark"),
        Planned(98.7, "One flag; the account page comes back where it was.", "emeka"),
        Decided(at=98, outcome=ADVANCE, by="bo", reason="Denmark says yes; now step by step everywhere.",
                call="Ready."),
        *climb(98, 1, 2, 2.1, by="bo", steps=(5, 25, 99)),
        WhenDue(ADVANCE, "No tweak in sight that could reach the minimum effect. It runs; we move on.", by="bo"),
        WhenDue(ADVANCE, "Earns more in a week than it costs in a quarter. Kept.", by="alma"),
        WhenDue(ADVANCE, "Still the first step of two thirds of our new customers. Kept.", by="bo"),
        WhenDue(ADVANCE, "Kept: value far above cost, no open incidents.", by="bo", again=True),
    ),
    experiment=Experiment(units=480_000, effect=0.0121, unit="checkout"),
    costs=Costs(think=3, build=14, ship=6, tweak=2, maintain=0.7, infrastructure=120),
    earns=Earns(8_400, settles=6),
)  # fmt: skip

SPLIT_THE_BILL: Final = Life(
    key="split-the-bill",
    name="Split the bill",
    squad="checkout",
    owner="emeka",
    summary="Several people pay one order, each with their own card.",
    tags=("checkout", "payments"),
    born=41,
    belief=Belief(
        change="a payment that several people share",
        audience="customers who order for groups",
        reason="they ask for invoices that they can pass on",
        metric="checkout-completion",
        effect=0.006,
        mvp="Two payers, equal parts, both within ten minutes.",
        guards=(FAILURES,),
    ),
    acts=(
        Found(40, PROTOTYPE, "Pairs with two phones.", hits=9, tried=11),
        Decided(at=39, outcome=ADVANCE, by="emeka", reason="It works for pairs, and groups ask for it."),
        Found(34, BETA, "Beta with 120 pairs.", hits=88, tried=120),
        Planned(33.5, "Flag off, refund what is half paid, remove the second payment page.", "dario"),
        Decided(at=33, outcome=ADVANCE, by="bo", reason="The beta was good. Carefully, from 1 %.", call="Ready."),
        Decided(at=32, outcome=ADVANCE, by="emeka", moves={"order-failures": 0.0071},
                reason="A week at 1 % with thirty thousand checkouts: nothing gross. On to 5 %."),
        Decided(at=31, outcome=ITERATE, questions=(MVP,), by="emeka", moves={"order-failures": 0.0058},
                reason="Orders fail when the second payer is late. The time goes up to an hour, at the same "
                       "percentage."),
        Decided(at=29.4, outcome=KILL, by="bo",
                reason="Harmful a second time: one order in sixty fails. We cannot repair this without the banks."),
        Confirmed(29.2, RemovalWork.EXPOSURE_ZERO, "Off everywhere within the hour.", "emeka"),
        Confirmed(24, RemovalWork.CODE_GONE, "The second payment page is out of the shop.", "dario"),
    ),
    experiment=Experiment(units=460_000, effect=0.004, unit="checkout"),
    costs=Costs(think=3, build=15, ship=8, maintain=0.5, infrastructure=90),
)  # fmt: skip

GIFT_WRAPPING: Final = Life(
    key="gift-wrapping",
    name="Gift wrapping",
    squad="checkout",
    owner="dario",
    summary="Wrap an order as a gift, with a note.",
    tags=("checkout",),
    born=67,
    belief=Belief(
        change="a gift option with paper and a note",
        audience="customers who deliver to another address",
        reason="in December they ask for it on the phone",
        metric="basket-value",
        effect=0.6,
        mvp="One paper, one note, wrapped by hand in one warehouse.",
        guards=(FAILURES,),
    ),
    acts=(
        Found(66, PROTOTYPE, "Option in a prototype: two of twelve noticed it.", hits=2, tried=12),
        Decided(at=65, outcome=ITERATE, questions=(MVP,), by="dario",
                reason="Hidden below the fold. One more permutation with the note first."),
        Found(64, PROTOTYPE, "Note first: one of eleven.", hits=1, tried=11),
        Decided(at=63, outcome=KILL, by="dario",
                reason="Twice nobody wanted it outside December. Dead after four weeks and 8,000; that is what "
                       "Think It is for."),
    ),
    costs=Costs(think=3.2),
)  # fmt: skip

PAY_IN_THREE: Final = Life(
    key="pay-in-three",
    name="Pay in three parts",
    squad="checkout",
    owner="emeka",
    summary="Three monthly payments without interest.",
    tags=("checkout", "payments"),
    born=Ago(66),
    belief=Belief(
        change="three monthly payments at the checkout",
        audience="customers with a basket above 90 euros",
        reason="large baskets are abandoned at the end of the month",
        metric="basket-value",
        effect=0.6,
        mvp="One bank, one country, no early repayment.",
        guards=(FAILURES,),
    ),
    acts=(
        Found(Ago(60), INTERVIEWS, "Twelve customers with abandoned baskets: half would have split the amount."),
        Found(Ago(58), PROTOTYPE, "Three parts in the prototype.", hits=10, tried=12),
        Decided(at=Ago(52), outcome=ADVANCE, by="bo", time_box=75, budget={"amount": "52000.00"},
                reason="Ten of twelve chose it. One bank, one country, and not a euro above the budget."),
    ),
    costs=Costs(think=3, build=15, once=((Ago(33), "other", 6500, "Legal opinion on consumer credit"),)),
)  # fmt: skip

LOYALTY_STAMPS: Final = Life(
    key="loyalty-stamps",
    name="Loyalty stamps",
    squad="checkout",
    owner="dario",
    summary="Ten orders, one free delivery.",
    tags=("checkout",),
    born=Ago(11),
    belief=Belief(
        change="a card of ten stamps for a free delivery",
        audience="customers with three to nine orders a year",
        reason="they stop shortly before the order that would have made them regulars",
        metric="reorder-rate",
        effect=0.005,
        mvp="A paper card in the parcel, counted by hand.",
        guards=(BASKETS,),
    ),
    acts=(
        Found(Ago(6), PROTOTYPE, "Paper cards in 20 parcels: seven came back with the next order.", hits=7, tried=20),
    ),
    time_box=21,
    costs=Costs(think=2.5),
)  # fmt: skip

CHECKOUT: Final = (GUEST_CHECKOUT, SPLIT_THE_BILL, GIFT_WRAPPING, PAY_IN_THREE, LOYALTY_STAMPS)
