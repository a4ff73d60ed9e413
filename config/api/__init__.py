"""The dress of the REST API: who asks, how a body is read, how lists are cut in pages, how a refusal is told.

The settings name its parts; no floor imports them.
"""
