"""What is thought about and not decided yet: ideas that their squads score against each other."""

from typing import Final

from hypotheses.enums import Better
from lifecycle.demo.lives.outreach import CONTACTS
from lifecycle.demo.script import INTERVIEWS, Ago, Belief, Costs, Found, Life

SAVED_CARTS: Final = Life(
    key="saved-carts",
    name="Saved carts",
    squad="storefront",
    owner="ines",
    summary="A cart that waits on every device.",
    tags=("storefront",),
    born=Ago(16),
    belief=Belief(
        change="a cart that is the same on the phone and at the desk",
        audience="customers who use two devices",
        reason="four in ten begin on one and give up on the other",
        metric="reorder-rate",
        effect=0.004,
        mvp="A link to the cart, mailed to oneself.",
        guards=(CONTACTS,),
    ),
    acts=(Found(Ago(9), INTERVIEWS, "Seven customers: five had photographed their cart."),),
    time_box=28,
    costs=Costs(think=2),
)  # fmt: skip

QUEUE_TOGETHER: Final = Life(
    key="queue-together",
    name="Queue together",
    squad="discovery",
    owner="pia",
    summary="One queue for everybody in the room.",
    tags=("discovery", "social"),
    born=Ago(13),
    belief=Belief(
        change="a queue to which everybody in the room adds",
        audience="members who play on a speaker",
        reason="the phone goes round at every party",
        metric="member-churn",
        direction=Better.DOWN,
        effect=0.002,
        mvp="A shared link, no accounts.",
        guards=(CONTACTS,),
    ),
    acts=(Found(Ago(8), INTERVIEWS, "Two evenings in living rooms: the phone went round eleven times."),),
    time_box=28,
    costs=Costs(think=2),
)  # fmt: skip

GIFT_MONTH: Final = Life(
    key="gift-month",
    name="A month to give away",
    squad="outreach",
    owner="wanda",
    summary="Members give a month to a friend.",
    tags=("outreach",),
    born=Ago(12),
    belief=Belief(
        change="one month a year to give away",
        audience="members for more than a year",
        reason="they tell friends anyway, and have nothing to hand over",
        metric="plan-upgrades",
        effect=0.003,
        mvp="Fifty codes, by mail.",
        guards=(CONTACTS,),
    ),
    acts=(Found(Ago(7), INTERVIEWS, "Nine of twelve members named a friend at once."),),
    time_box=28,
    costs=Costs(think=1.5),
)  # fmt: skip

IDEAS: Final = (SAVED_CARTS, QUEUE_TOGETHER, GIFT_MONTH)
