"""The tables of the desk."""

from ticketing.tables.inbox import Condition, InboxEvent
from ticketing.tables.outbox import ExternalReference, OutboxDelivery, OutboxMessage
from ticketing.tables.service_level import Announcement, ServiceLevelClock
from ticketing.tables.ticket import Evidence, NumberSeries, Ticket, TicketSignal
from ticketing.tables.timeline import TimelineEntry

__all__ = [
    "Announcement",
    "Condition",
    "Evidence",
    "ExternalReference",
    "InboxEvent",
    "NumberSeries",
    "OutboxDelivery",
    "OutboxMessage",
    "ServiceLevelClock",
    "Ticket",
    "TicketSignal",
    "TimelineEntry",
]
