"""Column types that the desk's tables share."""

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

Document = JSON().with_variant(JSONB(), "postgresql")
