"""The tables of revision 0001."""
