import BookingDomain

/// What each event's log must be, looked at in the order of its entries.
extension Checker {
    /// The places taken never exceed the capacity, whatever is held and given back in between.
    func notOversold() -> Ruling {
        var ruling = Ruling(.notOversold)
        for event in events {
            ruling.look(at: event.log.entries.count)
            for (sequence, type, taken) in event.projection.oversold {
                let capacity = event.sale?.ticketTypes[type]?.capacity ?? 0
                ruling.report(
                    Violation(
                        "\(taken) of \(capacity) places of ticket type \(type)", event: event.id,
                        sequence: sequence))
            }
        }
        return ruling
    }

    /// Pages abut, and their bytes are entries 1, 2, 3, …; how far that must be is for ``countersAgree()``.
    func gapFree() -> Ruling {
        var ruling = Ruling(.gapFree)
        for event in events {
            ruling.look(at: event.log.entries.count)
            for flaw in event.log.flaws { ruling.report(flaw) }
        }
        return ruling
    }

    /// A command has one entry, however often it came.
    func onceOnly() -> Ruling {
        var ruling = Ruling(.onceOnly)
        for event in events {
            var seen: Set<CommandID> = []
            for entry in event.log.entries {
                ruling.look()
                if !seen.insert(entry.command).inserted {
                    ruling.report(
                        Violation(
                            "the command \(entry.command) was applied before", event: event.id,
                            sequence: entry.sequence))
                }
            }
        }
        return ruling
    }

    /// Deciding every command again, in the order of the line, gives every entry again.
    func replay() -> Ruling {
        var ruling = Ruling(.replay)
        for event in events {
            guard let opening = event.opening else { continue }
            var replay = Replay(from: opening, buyers: event.users)
            for entry in event.log.entries {
                ruling.look()
                checkReadable(entry, of: event, &ruling)
                do throws(Replay.Discrepancy) {
                    try replay.apply(entry)
                } catch {
                    ruling.report(
                        Violation(
                            "\(entry.outcome): \(error.words)", event: event.id,
                            sequence: entry.sequence))
                    // What follows depends on it.
                    break
                }
            }
        }
        return ruling
    }

    private func checkReadable(
        _ entry: Entry, of event: EventEvidence, _ ruling: inout Ruling
    ) {
        let key = BookingKey(bits: entry.command.bits)
        guard entry.body == .undecodable, attribution.origin(of: key) != .planted else { return }
        ruling.report(
            Violation(
                "failed, though anybody could read it", event: event.id, booking: key,
                sequence: entry.sequence))
    }

    /// Every row says what the log comes to, and the log comes to no other.
    func rowsAgree() -> Ruling {
        var ruling = Ruling(.rowsAgree)
        for row in evidence.tables.bookings.lazy.map(\.booking) {
            ruling.look()
            guard let course = courses[row.key] else {
                ruling.report(Violation("the row is not in the log", row))
                continue
            }
            if let fault = course.difference(from: row) { ruling.report(Violation(fault, row)) }
        }
        for event in events {
            for (key, course) in event.projection.courses where rows[key] == nil {
                ruling.report(
                    Violation(
                        "the booking is in the log and has no row", event: event.id, booking: key,
                        sequence: course.first.sequence))
            }
            for (command, change) in event.projection.changes {
                ruling.look()
                if changes[command] != change {
                    ruling.report(
                        Violation(
                            "the change \(command) is in the log, its row is another or is not there",
                            event: event.id, booking: change.booking, sequence: change.sequence))
                }
            }
            for (sequence, text) in event.projection.impossible {
                ruling.report(Violation(text, event: event.id, sequence: sequence))
            }
        }
        let logged = events.reduce(0) { $0 + $1.projection.changes.count }
        if evidence.tables.changes.count != logged {
            ruling.report(
                Violation("\(evidence.tables.changes.count) changes in rows, \(logged) in logs"))
        }
        return ruling
    }

    /// The counters of events and ticket types are what their logs come to.
    func countersAgree() -> Ruling {
        var ruling = Ruling(.countersAgree)
        let stored = Dictionary(
            evidence.tables.events.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for event in events {
            guard let sale = event.sale else { continue }
            ruling.look()
            guard let row = stored[event.id] else {
                ruling.report(Violation("the event is not in the tables", event: event.id))
                continue
            }
            let last = event.log.entries.last?.sequence ?? 0
            if row.sequence != last {
                ruling.report(
                    Violation(
                        "the event says \(row.sequence) commands, its log ends at \(last)",
                        event: event.id))
            }
            for (number, allotment) in sale.ticketTypes.sorted(by: { $0.key < $1.key }) {
                ruling.look()
                let type = row.ticketTypes.first { $0.number == number }
                let places = event.projection.places[number]
                let expected = StoredTicketType(
                    number: number, capacity: allotment.capacity,
                    available: places?.available ?? 0, held: places?.held ?? 0,
                    confirmed: places?.confirmed ?? 0)
                if type != expected {
                    ruling.report(
                        Violation(
                            "ticket type \(number) is \(type?.words ?? "not there"); "
                                + "its log comes to \(expected.words)", event: event.id))
                }
            }
        }
        return ruling
    }
}

extension Course {
    /// What a row says otherwise; `nil` if nothing.
    fileprivate func difference(from row: Booking) -> String? {
        let last = last
        if (row.status, row.reason) != (last.status, first.reason) {
            let reason = first.reason.map { " \($0.rawValue)" } ?? ""
            return "the row is \(row.outcome), the log comes to \(last.status)\(reason)"
        }
        if row.sequence != first.sequence || row.asOfSequence != last.sequence {
            return "the row was changed at \(row.asOfSequence), made at \(row.sequence), "
                + "by the log at \(last.sequence) and \(first.sequence)"
        }
        if row.hold != last.hold {
            return "the row is held \(row.hold?.words ?? "not at all"), by the log "
                + (last.hold?.words ?? "not at all")
        }
        // What could not be read has no time of acceptance, nor a basket.
        let createdAt = acceptedAt ?? row.createdAt
        if row.decidedAt != decidedAt || row.createdAt != createdAt || row.basket != basket
            || row.flags != flags
        {
            return "the row has another time, basket or kind than the log"
        }
        return nil
    }
}

extension Booking {
    /// Status and reason, in words.
    var outcome: String {
        [status.rawValue, reason?.rawValue].compactMap { $0 }.joined(separator: " ")
    }
}

extension StoredTicketType {
    fileprivate var words: String {
        "\(available) available, \(held) held, \(confirmed) confirmed of \(capacity)"
    }
}

extension Replay.Discrepancy {
    fileprivate var words: String {
        switch self {
        case .gap(let sequence): "the one before is \(sequence)"
        case .timeWentBack: "applied earlier than what came before it"
        case .repeated: "applied a second time"
        case .buyerUnknown: "no row says who bought"
        case .decided(let entry): "decided again it is \(entry.outcome)"
        case .nothingDue: "nothing was due"
        case .leftOver(let key): "booking \(key) was due, too"
        case .interrupted: "something was due still, and it does not go on with that"
        }
    }
}

extension Entry {
    /// What it came to, in words.
    fileprivate var outcome: String {
        switch body {
        case .book(_, _, .confirmed): "confirmed"
        case .book(_, _, .held(let hold)): "held \(hold.words)"
        case .book(_, _, .rejected(let reason)): "rejected \(reason.rawValue)"
        case .undecodable: "failed"
        case .change(let verb, _, .applied(let hold)):
            "\(verb) applied\(hold.map { " \($0.words)" } ?? "")"
        case .change(let verb, _, .refused(let refusal)): "\(verb) refused \(refusal.rawValue)"
        case .expire(let keys, let time, let more):
            "\(keys.count) expired of \(time.microsecondsSinceEpoch)\(more ? ", more to come" : "")"
        }
    }
}

extension Hold {
    fileprivate var words: String {
        "until \(expiresAt.microsecondsSinceEpoch) of \(extendableUntil.microsecondsSinceEpoch)"
            + (isPaying ? ", paying" : "")
    }
}
