"""How the desk stands at this moment, in single figures."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN


def worst_open_priority(session: Session) -> str | None:
    """`P1` … `P5`; None when nothing is open."""
    return session.execute(select(Ticket.priority).where(Ticket.state.in_(OPEN)).order_by(Ticket.priority)).scalar()
