"""What forms offer to choose from."""

from loop.definitions import Definitions


def groups_of(definitions: Definitions) -> list[str]:
    """The groups that own a service, to which tickets can be given."""
    return sorted({service.owner for service in definitions.catalogue.services.values()})
