"""Numbers that people say aloud: INC-1001, INC-1002 … without gaps, a series for each kind of ticket."""

from sqlalchemy.orm import Session

from ticketing.tables.ticket import NumberSeries
from ticketing.vocabulary import TicketKind
from watchdesk.upsert import insert_for

FIRST = 1001
PREFIXES = {
    TicketKind.INCIDENT: "INC",
    TicketKind.PROBLEM: "PRB",
    TicketKind.CHANGE: "CHG",
    TicketKind.REQUEST: "REQ",
}


def next_number(session: Session, kind: TicketKind) -> str:
    """The next number of the series. A transaction that rolls back gives its number back.

    The series stays locked until the transaction ends, so ask for a number last.
    """
    prefix = PREFIXES[kind]
    insert = insert_for(session, NumberSeries).values(prefix=prefix, last=FIRST)
    one_more = insert.on_conflict_do_update(index_elements=["prefix"], set_={"last": NumberSeries.last + 1})
    last = session.execute(one_more.returning(NumberSeries.last)).scalar_one()
    return f"{prefix}-{last}"
