"""A small world of real services to break: started by `watchdesk up --demo`, standard library only."""
