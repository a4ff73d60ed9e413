"""A believable portfolio, lived through once: two years of a streaming and commerce company that does not exist.

`building.build` makes it through the product's own actions only, with earlier times passed in as `now`; the numbers
come through real pulls from warehouse files that it writes into `VAR/demo/`. The people, the passwords and the figures
are invented, and the sign-ins are for looking around: never put real data beside them.

Read `lives/` first: each file tells what one squad's features went through, in the words of `script.py`.
"""
