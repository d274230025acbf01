"""Task ``mail``: tell people."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from functools import partial
from typing import Any, Literal

from astropy.coordinates import SkyCoord
from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.errors import ConfigurationError, TrapdbError
from trapdb.exchange.event import Event
from trapdb.response.assignment import Assignment, Context, TryAgain, require_real
from trapdb.response.http import certificates
from trapdb.response.secret import Secret, secret_of

SECONDS = 30.0  # until a server answers


class Settings(Section):
    """By whom mail goes, and to whom."""

    host: str = Field(default="localhost", description="Server that takes mail.")
    port: int = Field(default=25, ge=1, le=65535, description="Its port.")
    security: Literal["none", "starttls", "tls"] = Field(
        default="none",
        description="starttls or tls; none is for a server on this machine, and takes no password.",
    )
    user: str | None = Field(default=None, description="Who logs in (unset: nobody does).")
    password: Secret = Field(
        default=Secret(variable="TRAPDB_MAIL_PASSWORD"), description="The user's."
    )
    ca_file: str | None = Field(
        default=None, description="Certificates to trust, PEM (unset: those of the system)."
    )
    sender: str | None = Field(default=None, description="Address from which it comes.")
    to: list[str] = Field(default=[], description="Addresses, unless a task says others.")


def checks(settings: Settings) -> Iterator[Callable[[], object]]:
    """Yield what has to be there: a password, if there is a user, and certificates."""
    if settings.user is not None:
        yield partial(secret_of, settings.password)
    if settings.security != "none":
        yield partial(certificates, settings.ca_file)


def prepare(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Return the message, which stays the same at every attempt, as its Message-ID does.

    Arguments ``to``, ``subject`` and ``text`` are those of the message; a retraction says so in all
    of them.
    """
    settings, event = context.settings, assignment.event
    said = assignment.arguments
    to = said.get("to", settings.to)
    to = [to] if isinstance(to, str) else list(to)
    if not settings.sender or not to:
        raise ConfigurationError("mail needs sender and to in section [response.mail]")
    withdrawn = event.kind == "retraction"
    subject = ("withdrawn: " if withdrawn else "") + str(said.get("subject", assignment.title))
    message = EmailMessage()
    # a line break would begin another header
    message["Subject"] = " ".join(subject.split())
    message["From"] = " ".join(settings.sender.split())
    message["To"] = ", ".join(" ".join(str(one).split()) for one in to)
    message["Date"] = format_datetime(event.created_at)
    message["Message-ID"] = make_msgid(assignment.job_id, domain="trapdb.invalid")
    text = [str(said["text"])] if "text" in said else []
    if withdrawn:
        text.insert(0, "What was told before is withdrawn.")
    message.set_content("\n\n".join([*text, _facts(event, assignment)]) + "\n")
    # lines of mail end so (RFC 5321, section 2.3.8), and servers refuse others
    return {"message": message.as_string(policy=SMTP), "to": [str(one) for one in to]}


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Send it."""
    require_real(assignment.event)
    settings = context.settings
    try:
        with _server(settings) as server:
            if settings.security == "starttls":
                server.starttls(context=_trusted(settings.ca_file))
            if settings.user is not None:
                server.login(settings.user, secret_of(settings.password))
            prepared = assignment.prepared
            message = prepared["message"].encode("utf-8")
            refused = server.sendmail(settings.sender, prepared["to"], message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise _fault(settings, f"no address is taken ({_codes(codes)})", codes) from error
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        said = said.decode(errors="replace") if isinstance(said, bytes) else said
        raise _fault(settings, f"{error.smtp_code} {said}", {error.smtp_code}) from error
    except ssl.SSLCertVerificationError as error:
        raise TrapdbError(f"{settings.host} is not who it says: {error.verify_message}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise TrapdbError(f"{settings.host}: {error}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise TryAgain(f"{settings.host}: {getattr(error, 'strerror', None) or error}") from error
    for address, (code, _) in refused.items():
        context.say(f"{address} was refused: {code}")
    return {"to": [one for one in prepared["to"] if one not in refused], "refused": list(refused)}


def _server(settings: Settings) -> smtplib.SMTP:
    if settings.security == "tls":
        trusted = _trusted(settings.ca_file)
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=SECONDS, context=trusted)
    if settings.security == "none" and settings.user is not None:
        raise ConfigurationError("a password goes by TLS only: set security in [response.mail]")
    return smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigurationError(f"{ca_file}: no certificates: {error}") from error


def _fault(settings: Settings, said: str, codes: set[int]) -> TrapdbError:
    """Return what is to be raised: by a code of 400 and more it may be over after a while."""
    line = f"{settings.host}: {' '.join(said.split())[:200]}"
    return TryAgain(line) if any(400 <= code < 500 for code in codes) else TrapdbError(line)


def _codes(codes: set[int]) -> str:
    return ", ".join(map(str, sorted(codes)))


def _facts(event: Event, assignment: Assignment) -> str:
    """Return what is known of an event, a line each."""
    place = SkyCoord(event.ra, event.dec, unit="deg").to_string("hmsdms", precision=1)
    lines = [
        ("event", f"{event.event_id}, {event.kind}, of watch {event.watch}"),
        ("source", f"{event.source_name} in {event.dataset}"),
        ("position", f"{place} ({event.ra:.5f} {event.dec:+.5f} deg)"),
        ("within", f"{event.position_error_arcsec:.1f} arcsec (68 per cent)"),
        ("taken at", f"{event.taken_at:%Y-%m-%d %H:%M:%S} UTC"),
    ]
    for name, label, unit in (
        ("last_int_flux", "integrated", "Jy"),
        ("last_peak_flux", "peak", "Jy/beam"),
    ):
        if event.figures.get(name) is not None:
            error = event.figure(f"{name}_err")
            lines.append((label, f"{event.figure(name):.4g} +- {error:.2g} {unit}"))
    if event.figures.get("freq_eff") is not None:
        lines.append(("frequency", f"{event.figure('freq_eff') / 1e6:.1f} MHz"))
    lines.append(("package", f"{assignment.package_id}, of {assignment.responder}"))
    return "\n".join(f"{label + ':':12} {said}" for label, said in lines)
