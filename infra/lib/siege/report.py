"""Prints what the honest saw without and with the attack, and judges it; exits with 1 if anything is amiss."""

import argparse
import json
import sys

BOOKING_P99_SECONDS_MAX = 0.3
SIGN_IN_SECONDS_MAX = 2.0


def load(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def milliseconds(seconds):
    return "-" if seconds is None else f"{1000 * seconds:.0f} ms"


def count(seen, status):
    return sum(number for key, number in seen["statuses"].items() if key.endswith(f" {status}"))


def rows(seen):
    """Pairs of what is told and its value."""
    others = {key: number for key, number in seen["statuses"].items()
              if key not in ("booking 201", "sign-in 201")}
    return [
        ("bookings", str(seen["bookings"])),
        ("booking p50", milliseconds(seen["p50"])), ("booking p99", milliseconds(seen["p99"])),
        ("booking, slowest", milliseconds(seen["slowest"])),
        ("sign-ins", str(seen["signIns"])), ("sign-in, median", milliseconds(seen["signInMedian"])),
        ("sign-in, slowest", milliseconds(seen["signInSlowest"])),
        ("told 429", str(count(seen, 429))), ("told 503", str(count(seen, 503))),
        ("other than 201", ", ".join(f"{n} x {key}" for key, n in sorted(others.items())) or "none"),
        ("ingress memory, most", f"{seen['memoryMB']} MB"),
    ]


def complaints(seen):
    """What does not hold."""
    found = []
    if not seen["bookings"] or seen["p99"] > BOOKING_P99_SECONDS_MAX:
        found.append(f"99 % of bookings took up to {milliseconds(seen['p99'])}, "
                     f"not {milliseconds(BOOKING_P99_SECONDS_MAX)}")
    if not seen["signIns"] or seen["signInSlowest"] > SIGN_IN_SECONDS_MAX:
        found.append(f"a sign-in took {milliseconds(seen['signInSlowest'])}, "
                     f"not {milliseconds(SIGN_IN_SECONDS_MAX)}")
    wrong = {key: number for key, number in seen["statuses"].items()
             if key not in ("booking 201", "sign-in 201")}
    if wrong:
        found.append("not everybody honest got what was asked for: "
                     + ", ".join(f"{number} x {key}" for key, number in sorted(wrong.items())))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calm", required=True)
    parser.add_argument("--siege", required=True)
    parser.add_argument("--attack", required=True)
    options = parser.parse_args()
    calm, siege, attack = load(options.calm), load(options.siege), load(options.attack)
    print(f"{'':24}{'without attack':>20}{'with attack':>20}")
    for (name, before), (_, under) in zip(rows(calm), rows(siege)):
        print(f"{name:24}{before:>20}{under:>20}")
    print("the attack: " + ", ".join(f"{number} x {what}" for what, number in attack.items()))
    found = [f"without attack: {text}" for text in complaints(calm)]
    found += [f"with attack: {text}" for text in complaints(siege)]
    for text in found:
        print(f"FAILED {text}")
    sys.exit(1 if found else 0)


main()
