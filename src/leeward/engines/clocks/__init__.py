"""Count working time: when a clock ends that runs always, or only while a desk is open. Plain values in and out."""

from leeward.engines.clocks._calendar import Calendar, CalendarRefused
from leeward.engines.clocks._counting import ClockRefused, due, months_later

__all__ = ["Calendar", "CalendarRefused", "ClockRefused", "due", "months_later"]
