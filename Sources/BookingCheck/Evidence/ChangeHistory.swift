import BookingDomain
import BookingHistory

/// What clients asked of bookings, and what they were told of it.
struct ChangeHistory: Sendable {
    /// All that was sent under one `Idempotency-Key`, or without one, for one verb and booking.
    struct Request: Sendable {
        let booking: BookingID
        let verb: ChangeVerb
        /// When it was first sent.
        var firstStart: Int64
        /// The command, once an answer told its id.
        var command: CommandID?
        /// When the first answer arrived that told it.
        var acceptedEnd: Int64?
        /// How often no answer came.
        var unknowns = 0
        /// Whether it may have been taken though no answer told the command's id.
        var mayBeTaken = false
        var isAnswered = false
    }

    /// What an answer said of a change.
    struct Sighting: Sendable {
        enum Outcome: Hashable, Sendable {
            case pending
            case applied
            case refused(Change.Refusal)
        }

        let command: CommandID
        let booking: BookingID
        let span: Span
        let outcome: Outcome
    }

    private struct Name: Hashable, Sendable {
        let booking: BookingKey
        let verb: ChangeVerb
        let key: String?
    }

    private(set) var requests: [Request] = []
    private(set) var requestOfCommand: [CommandID: Int] = [:]
    private(set) var sightings: [Sighting] = []
    private var indexes: [Name: Int] = [:]

    /// The place among the requests of one that was sent at `start`.
    fileprivate mutating func index(
        of record: ChangeRecord, for booking: BookingID
    ) -> Int {
        let name = Name(booking: booking.key, verb: record.verb, key: record.key)
        let index = indexes[name] ?? requests.count
        if index == requests.count {
            indexes[name] = index
            requests.append(
                Request(booking: booking, verb: record.verb, firstStart: record.start))
        }
        requests[index].firstStart = min(requests[index].firstStart, record.start)
        return index
    }

    fileprivate mutating func noteUnknown(_ index: Int) {
        requests[index].unknowns += 1
        requests[index].mayBeTaken = true
    }

    fileprivate mutating func noteAnswer(_ index: Int, mayBeTaken: Bool) {
        if mayBeTaken {
            requests[index].mayBeTaken = true
        } else {
            requests[index].isAnswered = true
        }
    }

    /// Keeps the command of a request; returns what is wrong with it.
    fileprivate mutating func note(
        _ command: CommandID, of index: Int, at end: Int64
    ) -> String? {
        let request = requests[index]
        let owner = requestOfCommand[command, default: index]
        requestOfCommand[command] = owner
        requests[index].command = request.command ?? command
        requests[index].acceptedEnd = min(request.acceptedEnd ?? .max, end)
        if let first = request.command, first != command {
            return "sent again, the change got the id \(command) instead of \(first)"
        }
        return owner == index ? nil : "two requests for changes got the same id"
    }

    fileprivate mutating func note(_ sighting: Sighting) { sightings.append(sighting) }
}

extension History {
    /// Takes in a change that was asked for.
    mutating func add(_ record: ChangeRecord) {
        counts.changes += 1
        guard let id = known.booking(record.booking) else {
            answersSensible.report(
                Violation("a change to nothing there can be: \(record)", time: record.start))
            return
        }
        let index = changes.index(of: record, for: id)
        let span = Span(start: record.start, end: record.end)
        guard let answer = record.answer else {
            counts.unknowns += 1
            changes.noteUnknown(index)
            return
        }
        answersSensible.look()
        if let objection = answer.objection(to: record.verb) {
            answersSensible.report(
                Violation(objection, event: id.event, booking: id.key, time: span.end))
        }
        // A refusal without an id was the door's, or the line's.
        changes.noteAnswer(
            index, mayBeTaken: answer.status >= 500 || answer.status == 409 && answer.change == nil)
        note(answer.booking, of: id, in: span, isLook: answer.status != 202)
        guard let command = note(answer, of: id, in: span) else { return }
        if let fault = changes.note(command, of: index, at: span.end) {
            oneOutcome.report(
                Violation(fault, event: id.event, booking: id.key, time: span.end))
        }
    }

    /// Takes in a look at a change.
    mutating func add(_ record: ChangeLookRecord) {
        counts.changes += 1
        guard let answer = record.answer, let id = known.booking(record.booking) else { return }
        let span = Span(start: record.start, end: record.end)
        answersSensible.look()
        if let objection = answer.objectionToLook {
            answersSensible.report(
                Violation(objection, event: id.event, booking: id.key, time: span.end))
        }
        note(answer.booking, of: id, in: span, isLook: true)
        guard let command = note(answer, of: id, in: span) else { return }
        if command != known.change(record.change) {
            oneOutcome.report(
                Violation(
                    "asked for the change \(record.change), the API showed \(command)",
                    event: id.event, booking: id.key, time: span.end))
        }
    }

    /// Keeps what an answer said of a change, and returns its command.
    private mutating func note(
        _ answer: ChangeAnswer, of id: BookingID, in span: Span
    ) -> CommandID? {
        guard let change = answer.change else { return nil }
        guard let command = known.change(change) else {
            answersSensible.report(
                Violation(
                    "an answer with no change there can be: \(change)", event: id.event,
                    booking: id.key, time: span.end))
            return nil
        }
        // That a change was accepted is no word of what it comes to.
        if let outcome = answer.said, outcome != .pending || answer.status == 200 {
            changes.note(
                ChangeHistory.Sighting(
                    command: command, booking: id, span: span, outcome: outcome))
        }
        return command
    }
}

extension ChangeAnswer {
    /// What it says of the change, as far as it can be read.
    fileprivate var said: ChangeHistory.Sighting.Outcome? {
        switch (status, outcome) {
        case (_, "pending"): .pending
        case (_, "applied"), (200, nil): .applied
        case (_, "refused"): reason.flatMap(Change.Refusal.init).map { .refused($0) }
        case (409, nil): refusal.map { .refused($0) }
        default: nil
        }
    }

    /// The refusal that the problem is about.
    private var refusal: Change.Refusal? {
        problem.flatMap { Change.Refusal(rawValue: $0.replacing("-", with: "_")) }
    }

    /// What is wrong with it as an answer to somebody who asked for a change; `nil` if nothing.
    fileprivate func objection(to verb: ChangeVerb) -> String? {
        switch (status, booking?.status) {
        case (429, _), (503, _): return nil
        case (202, .some) where outcome == "pending" && change != nil: return nil
        case (200, .some) where change != nil: return nil
        // What is so already needs no command.
        case (200, "confirmed") where verb == .confirm, (200, "cancelled") where verb == .cancel:
            return nil
        // In these states it is not refused.
        case (409, "held") where change == nil && (verb == .confirm || verb == .cancel): break
        case (409, .some) where refusal.map { verb.refusals.contains($0) } ?? false: return nil
        default: break
        }
        return "a request to \(verb) was answered with \(words)"
    }

    /// What is wrong with it as an answer to a look at a change; `nil` if nothing.
    fileprivate var objectionToLook: String? {
        switch status {
        case 429, 503: nil
        case 200 where booking != nil && change != nil && said != nil: nil
        default: "a look at a change was answered with \(words)"
        }
    }

    private var words: String {
        let parts = [
            "\(status)", problem, outcome, reason,
            booking.map { "with a booking that is \($0.status)" },
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}

extension ChangeVerb {
    /// Why it may be refused.
    fileprivate var refusals: Set<Change.Refusal> {
        switch self {
        case .confirm, .pay: [.notConfirmable, .holdExpired]
        case .extend: [.notExtendable]
        case .cancel: [.notCancellable]
        }
    }

    /// What it is in the log.
    var verb: Command.Verb {
        switch self {
        case .confirm: .confirm
        case .pay: .pay
        case .extend: .extend
        case .cancel: .cancel
        }
    }
}
