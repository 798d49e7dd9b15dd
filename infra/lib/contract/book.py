"""The README's first booking, by a client that openapi-python-client has made of the API's description.

Usage: book.py URL CLIENT-FOLDER
"""

import datetime
import secrets
import sys

url, folder = sys.argv[1:]
sys.path.insert(0, folder)

from boxoffice_client import AuthenticatedClient, Client  # noqa: E402
from boxoffice_client.api.bookings import get_booking, submit_booking  # noqa: E402
from boxoffice_client.api.events import create_event, get_event  # noqa: E402
from boxoffice_client.api.users import register_user, sign_in  # noqa: E402
from boxoffice_client.models import (  # noqa: E402
    BookingStatus, Credentials, NewBooking, NewBookingItem, NewEvent, NewTicketType, Registration, Role)


def insist(answer, status):
    if answer.status_code != status:
        raise SystemExit(f"answered {answer.status_code}, not {status}: {answer.content!r}")
    return answer.parsed


def book():
    everybody = Client(base_url=url)
    email = f"ada.{secrets.token_hex(8)}@example.com"
    password = "correct horse battery staple"
    insist(
        register_user.sync_detailed(
            client=everybody,
            body=Registration(email=email, name="Ada", password=password, role=Role.ORGANIZER)),
        201)
    session = insist(
        sign_in.sync_detailed(client=everybody, body=Credentials(email=email, password=password)), 201)
    ada = AuthenticatedClient(base_url=url, token=session.token)
    event = insist(
        create_event.sync_detailed(
            client=ada,
            body=NewEvent(
                title="Opening Night",
                starts_at=datetime.datetime(2030, 6, 1, 19, 30, tzinfo=datetime.timezone.utc),
                ticket_types=[NewTicketType(name="Stalls", capacity=100)])),
        201)
    stalls = event.ticket_types[0]
    booking = insist(
        submit_booking.sync_detailed(
            event.id, client=ada, idempotency_key=secrets.token_hex(16), prefer="wait=10",
            body=NewBooking(items=[NewBookingItem(ticket_type_id=stalls.id, quantity=2)])),
        201)
    shown = insist(get_booking.sync_detailed(booking.id, client=ada), 200)
    left = insist(get_event.sync_detailed(event.id, client=everybody), 200).ticket_types[0].available
    if shown.status is not BookingStatus.CONFIRMED or shown.sequence != 1 or left != 98:
        raise SystemExit(f"booked wrongly: {shown}, and {left} seats are left")
    print(f"a generated client booked 2 of 100 seats: {booking.status}")


book()
