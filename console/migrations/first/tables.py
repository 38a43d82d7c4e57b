"""The collection that the tables of revision 0001 are put into."""

from sqlalchemy import MetaData

TABLES = MetaData()
