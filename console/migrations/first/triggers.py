"""The triggers of revision 0001: the timeline of a ticket is append-only. Never changed afterwards."""

SQLITE = tuple(
    f"CREATE TRIGGER ticket_timeline_no_{verb} BEFORE {verb.upper()} ON ticket_timeline "
    "BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END"
    for verb in ("update", "delete")
)
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION ticket_timeline_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the timeline is append-only'; END $$",
    "CREATE TRIGGER ticket_timeline_append_only BEFORE UPDATE OR DELETE ON ticket_timeline "
    "FOR EACH ROW EXECUTE FUNCTION ticket_timeline_refuse()",
)
