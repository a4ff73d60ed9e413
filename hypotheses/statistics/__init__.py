"""The evidence engine: pure arithmetic on sufficient statistics. No Django, no I/O, no clock, nothing but the
standard library.

The product's door is `verdict.weigh`; every other file is one idea that it stands on, or one question of its own
(`beta` for findings, `planning` for days to a decision, `overlap` for two trials that share units).
"""
