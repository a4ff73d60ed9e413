"""The chart room: frozen dataclasses in, an SVG string out. Plain Python, no Django, no ORM; one chart a file."""
