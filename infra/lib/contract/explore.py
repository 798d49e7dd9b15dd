"""Asks the API all that its description allows, and much that it does not, by schemathesis: as an organizer
and as an attendee. No answer may be a 5xx, of a status or form that is not described, or take what the
description refuses. That it would be noticed is tried first, with a description that is wrong on purpose.

Usage: explore.py URL OPENAPI FOLDER SECONDS SEED; the reports go into the folder.
"""

import json
import pathlib
import secrets
import subprocess
import sys
import urllib.request

import yaml

URL, OPENAPI, REPORTS, SECONDS, SEED = sys.argv[1:]
OPENAPI, REPORTS = pathlib.Path(OPENAPI).resolve(), pathlib.Path(REPORTS).resolve()
EXPLORED_WITH = pathlib.Path(__file__).with_name("schemathesis.toml")
PASSWORD = "correct horse battery staple"


def call(method, path, body=None, token=None, **headers):
    headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        URL + path, method=method, headers=headers, data=body and json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def sign_up(role):
    email = f"{role}.{secrets.token_hex(8)}@example.com"
    call("POST", "/v1/users", {"email": email, "name": "Ada", "password": PASSWORD, "role": role})
    return call("POST", "/v1/sessions", {"email": email, "password": PASSWORD})["token"]


def prepare(organizer, attendee):
    """Makes events and bookings, so that what exists is asked for, too; gives the ids of all of it."""
    ids = {"events": [], "ticket-types": [], "bookings": []}
    for status in ("onSale", "draft"):
        event = call("POST", "/v1/events", {
            "title": "Opening Night", "startsAt": "2030-06-01T19:30:00Z", "status": status,
            "ticketTypes": [
                {"name": "Stalls", "capacity": 10_000_000, "price": {"amount": 4500, "currency": "EUR"}},
                {"name": "Box", "capacity": 2, "maxPerUser": 2}]}, organizer)
        ids["events"].append(event["id"])
        ids["ticket-types"] = ids["ticket-types"] or [kind["id"] for kind in event["ticketTypes"]]
    for token in (organizer, attendee):
        booking = call(
            "POST", f"/v1/events/{ids['events'][0]}/bookings",
            {"items": [{"ticketTypeId": ids["ticket-types"][0], "quantity": 1}]}, token,
            **{"Idempotency-Key": secrets.token_hex(8), "Prefer": "wait=10"})
        ids["bookings"].append(booking["id"])
    return ids


def explore(name, token, ids, *options, description=None):
    folder = REPORTS / name
    folder.mkdir(parents=True, exist_ok=True)
    for kind, values in ids.items():
        (folder / kind).write_text("".join(f"\"{value}\"\n" for value in values))
    configuration = EXPLORED_WITH.read_text().replace("FOLDER", str(folder))
    (folder / "schemathesis.toml").write_text(configuration)
    print(f"as {name}:", flush=True)
    return subprocess.run(
        [pathlib.Path(sys.executable).with_name("schemathesis"),
         "--config-file", folder / "schemathesis.toml", "run", description or OPENAPI, "--url", URL,
         "--seed", SEED, "--header", f"Authorization: Bearer {token}", "--no-color",
         # Longer than anybody may ask to wait.
         "--request-timeout", "40",
         "--report-junit-path", folder / "report.xml", *options], cwd=folder, check=False).returncode


def control(token, ids):
    """Fails unless a wrong description is told from a right one."""
    folder = REPORTS / "control"
    folder.mkdir(parents=True, exist_ok=True)
    wrong = yaml.safe_load(OPENAPI.read_text())
    wrong["components"]["schemas"]["Event"]["properties"]["title"] = {"type": "integer"}
    (folder / "wrong.yaml").write_text(yaml.safe_dump(wrong))
    options = ("--include-operation-id", "listEvents", "--phases", "coverage")
    if explore("control", token, ids, *options, description=folder / "wrong.yaml") == 0:
        sys.exit("a description that is wrong on purpose was found right")


def main():
    tokens = {role: sign_up(role) for role in ("organizer", "attendee")}
    ids = prepare(*tokens.values())
    control(tokens["attendee"], ids)
    # What ends a session, or an account, is asked for by others, whose that is.
    kept = ("--exclude-method", "DELETE", "--max-time", str(int(SECONDS) // 2))
    statuses = {role: explore(role, token, ids, *kept) for role, token in tokens.items()}
    for operation in ("signOut", "deleteMe"):
        statuses[operation] = explore(
            operation, sign_up("attendee"), ids, "--include-operation-id", operation,
            "--phases", "examples,coverage")
    failed = [name for name, status in statuses.items() if status != 0]
    if failed:
        sys.exit(f"what was asked as {', '.join(failed)} is answered otherwise than described")


main()
