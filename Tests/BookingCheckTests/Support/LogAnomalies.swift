import BookingCheck
import BookingDomain
import BookingHistory
import Testing

extension Anomaly {
    /// What may go wrong with the logs.
    static let logs = [
        Anomaly(.gapFree, "a page is missing") { run in run.tables.pages.remove(at: 1) },
        Anomaly(.gapFree, "the first page is missing") { run in run.tables.pages.remove(at: 0) },
        Anomaly(.gapFree, "a page's last byte is another") { run in
            let page = run.tables.pages[1].page
            var bytes = page.bytes
            bytes.removeLast()
            run.tables.pages[1].page = LogPage(
                event: page.event, firstSequence: page.firstSequence, count: page.count,
                at: page.at, bytes: bytes)
        },
        Anomaly(.gapFree, "a page says that it ends later than its last entry") { run in
            let page = run.tables.pages[1].page
            run.tables.pages[1].page = LogPage(
                event: page.event, firstSequence: page.firstSequence, count: page.count,
                at: page.at.advanced(by: .seconds(1)), bytes: page.bytes)
        },
        Anomaly(.onceOnly, "a command was applied twice") { run in
            let (_, first) = try run.entry(where: \.isGranted)
            try run.changeEntry(where: { $0.isGranted && $0.sequence > first.sequence }) {
                $0.command = first.command
            }
        },
        Anomaly(.replay, "one was refused that fitted") { run in
            try run.changeEntry(where: \.isGranted) { $0.reject(.soldOut) }
        },
        Anomaly(.replay, "one was refused for another reason") { run in
            try run.changeEntry(where: { $0.rejection == .soldOut }) { $0.reject(.limitExceeded) }
        },
        Anomaly(.replay, "one failed that anybody could read") { run in
            try run.changeEntry(where: \.isGranted) {
                $0.body = .undecodable
                $0.acceptedAt = nil
            }
        },
        Anomaly(.replay, "time went back") { run in
            try run.changeEntry(where: { $0.sequence == 20 }) {
                $0.at = $0.at.advanced(by: .seconds(-10))
            }
        },
        Anomaly(.replay, "a hold was extended beyond its limit") { run in
            try run.changeEntry(where: { $0.changes(by: .extend) != nil }) {
                guard case .change(let verb, let key, .applied(let hold?)) = $0.body else { return }
                let longer = Hold(
                    expiresAt: hold.extendableUntil.advanced(by: .seconds(1)),
                    extendableUntil: hold.extendableUntil, isPaying: hold.isPaying)
                $0.body = .change(verb, of: key, .applied(longer))
            }
        },
        Anomaly(.replay, "a change was refused that could be") { run in
            try run.changeEntry(where: { $0.changes(by: .cancel) != nil }) {
                guard case .change(let verb, let key, _) = $0.body else { return }
                $0.body = .change(verb, of: key, .refused(.notCancellable))
            }
        },
        Anomaly(.replay, "something that was due was left out when others lapsed") { run in
            try run.changeEntry(where: { !$0.lapsing.isEmpty }) {
                guard case .expire(_, let time, let more) = $0.body else { return }
                $0.body = .expire([BookingKey(bits: 1)], dueAt: time, more: more)
            }
        },
        Anomaly(.notOversold, "one was granted that did not fit") { run in
            try run.changeEntry(where: { $0.rejection == .soldOut && !$0.isHolding }) {
                guard case .book(let basket, let holding, _) = $0.body else { return }
                $0.body = .book(basket, holding: holding, .confirmed)
            }
        },
        Anomaly(.notOversold, "a late confirmation took what had gone to another") { run in
            // Whoever is rejected as sold out after the hold lapsed would have fitted, were it not for others.
            let all = run.tables.pages.filter { $0.page.event == run.tables.pages[0].page.event }
                .flatMap { $0.page.entries ?? [] }
            let rejected = try #require(all.last { $0.rejection == .soldOut && !$0.isHolding })
            try run.changeEntry(where: { $0.command == rejected.command }) {
                guard case .book(let basket, let holding, _) = $0.body else { return }
                $0.body = .book(basket, holding: holding, .confirmed)
            }
        },
        Anomaly(.countersAgree, "the log ends before the event's last command") { run in
            let last = try #require(
                run.tables.pages.lastIndex { $0.page.event == run.tables.pages[0].page.event })
            run.tables.pages.remove(at: last)
        },
        Anomaly(.countersAgree, "the stock of a cancelled booking came back twice") { run in
            let event = run.tables.pages[0].page.event
            let index = try #require(run.tables.events.firstIndex { $0.id == event })
            run.tables.events[index].ticketTypes[0].available += 1
            run.tables.events[index].ticketTypes[0].confirmed -= 1
        },
        Anomaly(.notUndersold, "one was told sold out while there were places") { run in
            try run.changeEntry(where: \.isGranted) { $0.reject(.soldOut) }
        },
        Anomaly(.holdsKept, "a hold lapsed before its time") { run in
            try run.changeEntry(where: { !$0.lapsing.isEmpty }) {
                guard case .expire(let keys, let time, let more) = $0.body else { return }
                $0.body = .expire(keys, dueAt: time.advanced(by: .seconds(-1)), more: more)
            }
        },
        Anomaly(.holdsKept, "a tick told a time that was not yet") { run in
            try run.changeEntry(where: { !$0.lapsing.isEmpty }) {
                guard case .expire(let keys, let time, let more) = $0.body else { return }
                $0.body = .expire(keys, dueAt: time.advanced(by: .seconds(3600)), more: more)
            }
        },
        Anomaly(.holdsKept, "a hold lapsed by a clock that was an hour ahead") { run in
            try run.changeEntry(where: { !$0.lapsing.isEmpty }) {
                guard case .expire(let keys, let time, let more) = $0.body else { return }
                $0.at = $0.at.advanced(by: .seconds(3600))
                $0.body = .expire(keys, dueAt: time.advanced(by: .seconds(3600)), more: more)
            }
        },
        Anomaly(.holdsKept, "a hold lapsed long after its time") { run in
            try run.changeEntry(where: { !$0.lapsing.isEmpty }) {
                $0.at = $0.at.advanced(by: .seconds(2))
            }
        },
        Anomaly(.holdsKept, "a hold lapsed after it was confirmed") { run in
            let (_, confirmed) = try run.entry { $0.changes(by: .confirm) != nil }
            let key = try #require(confirmed.changes(by: .confirm))
            try run.changeEntry(
                where: { !$0.lapsing.isEmpty && $0.sequence > confirmed.sequence }
            ) {
                guard case .expire(_, let time, let more) = $0.body else { return }
                $0.body = .expire([key], dueAt: time, more: more)
            }
        },
        Anomaly(.holdsKept, "a hold was left over in the end") { run in
            run.run.workedUntil =
                RunModel.now(at: RunModel.end).advanced(by: .seconds(3600)).text
            let (event, entry) = try run.entry { $0.hold != nil }
            // All that follows in the event is cut off.
            run.tables.pages.removeAll {
                $0.page.event == event && $0.page.firstSequence > entry.sequence
            }
        },
        Anomaly(.nothingInvented, "a booking was cancelled, and nobody asked for that") { run in
            let model = run
            try run.changeEntry(where: { entry in
                guard entry.changes(by: .cancel) != nil else { return false }
                return model.tables.changes.contains {
                    $0.command == entry.command && model.isAnswered($0)
                }
            }) {
                $0.command = CommandID(bits: $0.command.bits ^ 1)
            }
        },
        Anomaly(.nothingInvented, "another booking was confirmed than was asked for") { run in
            let (_, other) = try run.entry { $0.changes(by: .cancel) != nil }
            let key = try #require(other.changes(by: .cancel))
            let model = run
            try run.changeEntry(where: { entry in
                guard entry.changes(by: .confirm) != nil else { return false }
                return model.tables.changes.contains {
                    $0.command == entry.command && model.isAnswered($0)
                }
            }) { $0.body = .change(.confirm, of: key, .applied(nil)) }
        },
        Anomaly(.firstComeFirstServed, "the first and the last of a line changed places") { run in
            try run.swapEntries { model, entry in
                entry.basket != nil && model.isAnswered(BookingKey(bits: entry.command.bits))
            }
        },
        Anomaly(.firstComeFirstServed, "the first and the last change changed places") { run in
            try run.swapEntries { model, entry in
                model.tables.changes.contains {
                    $0.command == entry.command && model.isAnswered($0)
                }
            }
        },
        Anomaly(.epochs, "a page was applied under an older epoch than the one before") { run in
            let event = run.tables.pages[0].page.event
            let last = try #require(run.tables.pages.lastIndex { $0.page.event == event })
            run.tables.pages[last].epoch = 1
        },
    ]
}

extension EntryDraft {
    fileprivate mutating func reject(_ reason: Reason) {
        guard case .book(let basket, let holding, _) = body else { return }
        body = .book(basket, holding: holding, .rejected(reason))
    }
}

extension RunModel {
    /// Lets the first and the last entry of an event that fulfil `condition` change places.
    fileprivate mutating func swapEntries(
        where condition: (RunModel, Entry) -> Bool
    ) throws {
        let model = self
        let event = tables.pages[0].page.event
        let all = tables.pages.filter { $0.page.event == event }.flatMap { $0.page.entries ?? [] }
        guard let first = all.first(where: { condition(model, $0) }),
            let last = all.last(where: { condition(model, $0) }), first != last
        else { throw NoPlace() }
        for (entry, other) in [(first, last), (last, first)] {
            try changeEntry(where: { $0.sequence == entry.sequence && $0.at == entry.at }) {
                ($0.command, $0.body) = (other.command, other.body)
            }
        }
    }

    /// Shows again in the end what a look showed of a booking that changed later.
    mutating func repeatLook(at condition: (AnsweredBooking) -> Bool) throws {
        for record in records {
            guard case .get(var look) = record, let booking = look.answer?.booking,
                condition(booking)
            else { continue }
            let moved = records.contains {
                guard case .get(let later) = $0, let state = later.answer?.booking else {
                    return false
                }
                return state.id == booking.id
                    && (state.asOfSequence ?? 0) > (booking.asOfSequence ?? 0)
            }
            guard moved else { continue }
            (look.start, look.end) = (Self.end + 1000, Self.end + 1010)
            records.append(.get(look))
            return
        }
        throw NoPlace()
    }

    /// Whether some answer told the id of the booking with that key.
    func isAnswered(_ key: BookingKey) -> Bool {
        tables.bookings.contains { $0.booking.key == key && isAnswered($0.booking) }
    }

    /// Whether some answer told the change's id.
    func isAnswered(_ change: Change) -> Bool {
        records.contains { record in
            guard case .change(let asked) = record else { return false }
            return asked.answer?.change.flatMap { ChangeID($0)?.command } == change.command
        }
    }
}

extension Anomaly {
    static let all = rows + logs + answers
}
