"""What each squad's features went through."""

from typing import Final

from lifecycle.demo.lives.checkout import CHECKOUT
from lifecycle.demo.lives.discovery import DISCOVERY
from lifecycle.demo.lives.ideas import IDEAS
from lifecycle.demo.lives.outreach import OUTREACH
from lifecycle.demo.lives.plans import PLANS
from lifecycle.demo.lives.player import PLAYER
from lifecycle.demo.lives.reorder import REORDER
from lifecycle.demo.lives.storefront import STOREFRONT
from lifecycle.demo.script import Life

LIVES: Final[tuple[Life, ...]] = (*REORDER, *CHECKOUT, *STOREFRONT, *PLAYER, *DISCOVERY, *PLANS, *OUTREACH, *IDEAS)
