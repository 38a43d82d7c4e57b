"""The tables of the desk."""

from ticketing.tables.inbox import Condition, InboxEvent
from ticketing.tables.ticket import Evidence, NumberSeries, Ticket, TicketSignal
from ticketing.tables.timeline import TimelineEntry

__all__ = ["Condition", "Evidence", "InboxEvent", "NumberSeries", "Ticket", "TicketSignal", "TimelineEntry"]
