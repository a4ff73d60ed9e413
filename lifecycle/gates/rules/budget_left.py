"""Money that is gone is said before more is asked for."""

from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, met, unmet
from lifecycle.phases import plain


def budget_left(facts: GateFacts) -> Answer:
    """The stint has not spent its budget."""
    budget, spent = facts.budget, facts.spent
    if budget.amount is not None:
        told = f"{spent.amount:,.2f} of {budget.amount:,.2f} {facts.currency} are spent"
    elif budget.days is not None:
        told = f"{plain(spent.days)} of {plain(budget.days)} person-days are spent"
    else:
        return met("No budget was set for this stint.")
    if budget.is_spent(spent):
        return unmet(f"{told}. The next stint needs a budget of its own.")
    return met(f"{told}.")
