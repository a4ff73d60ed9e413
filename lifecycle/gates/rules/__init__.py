"""The rules, one a file. Each is a pure function from facts to an answer; `gates/registry.py` says where."""
