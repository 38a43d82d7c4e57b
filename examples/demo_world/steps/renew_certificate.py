"""Issue a certificate for the demo's gateway by the demo's own authority.

    renew_certificate.py -- FOLDER

The folder holds the authority (authority.pem, authority.key) and gets gateway.pem and gateway.key, whole.
"""

import ipaddress
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LASTS = timedelta(days=2)
AUTHORITY_LASTS = timedelta(days=3650)
HOST = "127.0.0.1"


def make_authority(folder: Path, now: datetime) -> None:
    """A new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Authority of the Watchdesk demo")
    builder = _builder(name, name, key, now, now + AUTHORITY_LASTS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    _write(folder, "authority", builder.sign(key, hashes.SHA256()), key)


def issue(folder: Path, since: datetime, until: datetime) -> x509.Certificate:
    """A certificate of the authority for the gateway, valid from `since` to `until`, put in the place of the old."""
    authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "authority.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101  we made it
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name("Gateway of the Watchdesk demo"), authority.subject, key, since, until)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = builder.add_extension(address, critical=False).sign(signer, hashes.SHA256())
    _write(folder, "gateway", certificate, key)
    return certificate


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _write(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """The key first: whoever reads in between gets a pair that does not fit, is refused, and reads again."""
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    for suffix, content in (("key", secret), ("pem", certificate.public_bytes(serialization.Encoding.PEM))):
        fresh = folder / f"{name}.{suffix}.new"
        fresh.touch(0o600)
        fresh.write_bytes(content)
        fresh.replace(folder / f"{name}.{suffix}")


def main(words: list[str]) -> int:
    now = datetime.now(UTC)
    try:
        certificate = issue(Path(words[-1]), now - timedelta(minutes=1), now + LASTS)
    except (OSError, ValueError) as error:
        print(f"nothing was issued: {error}")  # noqa: T201  a step speaks by printing
        return 1
    print(f"issued {certificate.serial_number:x}, valid until {certificate.not_valid_after_utc.isoformat()}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
