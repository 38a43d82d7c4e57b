"""Evidence about a certificate: of whom, by whom, from when until when.

show_certificate.py -- FILE
"""

import sys
from pathlib import Path

from cryptography import x509


def main(words: list[str]) -> int:
    try:
        found = x509.load_pem_x509_certificate(Path(words[-1]).read_bytes())
    except (OSError, ValueError) as error:
        print(f"no certificate can be read: {error}")  # noqa: T201  a step speaks by printing
        return 1
    for name, value in (
        ("subject", found.subject.rfc4514_string()),
        ("issuer", found.issuer.rfc4514_string()),
        ("valid from", found.not_valid_before_utc.isoformat()),
        ("valid until", found.not_valid_after_utc.isoformat()),
    ):
        print(f"{name}: {value}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
