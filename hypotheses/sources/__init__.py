"""The rack of plugs that read metric results from where they are: no Django, no ORM; opened through `registry` only."""
