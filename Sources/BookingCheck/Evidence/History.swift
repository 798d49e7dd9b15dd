import BookingDomain
package import BookingHistory

/// What the clients of a run did and saw, gathered record by record.
///
/// Keeps of each record what the rules need and no more, so that a million of them fit in memory.
package struct History: Sendable {
    /// Everything sent under one `Idempotency-Key` by one user for one event.
    struct Request: Sendable {
        let user: UserID
        let event: EventID
        let basket: Basket
        let flags: BookingID.Flags
        /// When it was first sent.
        var firstStart: Int64
        /// The booking's id, once an answer told it.
        var id: BookingID?
        /// When the first answer arrived that said it was taken.
        var acceptedEnd: Int64?
        /// How often no answer came, though its sender waited for one.
        var unknowns = 0
        var lastUnknownEnd = Int64.min
        /// When the last answer came that was the server's last word: below 500.
        var lastAnswerEnd = Int64.min
        /// Whether it may have been taken though nobody said so.
        var mayBeTaken = false

        /// Whether an answer came after the last time that none did.
        var isAnswered: Bool { lastAnswerEnd > lastUnknownEnd }
    }

    /// What an answer said of a booking.
    struct Sighting: Sendable {
        let id: BookingID
        let span: Span
        let status: BookingStatus
        let reason: Reason?
        let sequence: Int64?
        let asOfSequence: Int64?
        let createdAt: Instant?
        let decidedAt: Instant?
        let expiresAt: Instant?
        /// Whether it is word of the booking's status: a 202 only says that it is in the line.
        let isLook: Bool
    }

    /// A submission that was turned away at the door and never became a booking.
    struct Refusal: Sendable {
        enum Cause: String, Sendable {
            case soldOut = "sold-out"
            case limitExceeded = "limit-exceeded"
        }

        let cause: Cause
        let user: UserID
        let event: EventID
        let basket: Basket
        let span: Span
    }

    /// The last that an instance said of an event.
    struct EventSighting: Sendable {
        let span: Span
        let available: [TicketTypeNumber: Int]
    }

    private struct RequestName: Hashable, Sendable {
        let user: UserID
        let event: EventID
        let key: String
    }

    private(set) var requests: [Request] = []
    private(set) var requestOfBooking: [BookingKey: Int] = [:]
    private(set) var sightings: [Sighting] = []
    var changes = ChangeHistory()
    private(set) var refusals: [Refusal] = []
    /// By event and instance.
    private(set) var lastEventSightings: [EventID: [Int: EventSighting]] = [:]
    var counts = HistoryCounts()
    /// What is wrong with single answers, whatever else was seen.
    var answersSensible = Ruling(.answersSensible)
    /// Answers that tell of another booking than was asked for.
    var oneOutcome = Ruling(.oneOutcome)
    private var indexes: [RequestName: Int] = [:]
    var known = KnownIDs()

    package init() {}

    /// Takes one more record in.
    package mutating func add(_ record: HistoryRecord) {
        switch record {
        case .post(let post): add(post)
        case .get(let get): add(get)
        case .change(let change): add(change)
        case .changeLook(let look): add(look)
        case .event(let look): add(look)
        case .fault: counts.faults += 1
        }
    }

    private mutating func add(_ post: PostRecord) {
        counts.posts += 1
        guard let user = known.user(post.user), let event = known.event(post.event),
            let basket = known.basket(post.items, of: event)
        else {
            answersSensible.report(
                Violation("a request for nothing there can be: \(post)", time: post.start))
            return
        }
        let name = RequestName(user: user, event: event, key: post.key)
        let index = indexes[name] ?? requests.count
        if index == requests.count {
            indexes[name] = index
            requests.append(
                Request(
                    user: user, event: event, basket: basket,
                    flags: post.hold == true ? .hold : [], firstStart: post.start))
        }
        requests[index].firstStart = min(requests[index].firstStart, post.start)
        let span = Span(start: post.start, end: post.end)
        guard let answer = post.answer else {
            if !post.isHasty {
                counts.unknowns += 1
                requests[index].unknowns += 1
            }
            requests[index].lastUnknownEnd = max(requests[index].lastUnknownEnd, span.end)
            requests[index].mayBeTaken = true
            return
        }
        if answer.status < 500 {
            requests[index].lastAnswerEnd = max(requests[index].lastAnswerEnd, span.end)
        } else {
            requests[index].mayBeTaken = true
        }
        answersSensible.look()
        if let objection = answer.objection(isSubmission: true) {
            answersSensible.report(Violation(objection, event: event, time: span.end))
        }
        if answer.status == 409, answer.booking == nil,
            let cause = answer.problem.flatMap(Refusal.Cause.init)
        {
            refusals.append(
                Refusal(cause: cause, user: user, event: event, basket: basket, span: span))
        }
        guard let booking = answer.booking,
            let sighting = sighting(of: booking, in: span, isSubmission: true)
        else { return }
        note(sighting, of: index)
    }

    /// Keeps what the answer to a submission said, if it speaks of what was asked for.
    private mutating func note(_ sighting: Sighting, of index: Int) {
        let (id, end) = (sighting.id, sighting.span.end)
        let request = requests[index]
        if id.event != request.event || id.basket != request.basket || id.flags != request.flags {
            oneOutcome.report(
                Violation(
                    "the answer's id is of another event, basket or kind than was asked for",
                    event: request.event, booking: id.key, time: end))
        }
        if let first = request.id, first != id {
            oneOutcome.report(
                Violation(
                    "sent again, the request got the id \(id) instead of \(first)",
                    event: request.event, booking: first.key, time: end))
        }
        if requestOfBooking[id.key, default: index] != index {
            oneOutcome.report(
                Violation(
                    "two requests got the same booking", event: request.event, booking: id.key,
                    time: end))
        }
        requestOfBooking[id.key] = index
        requests[index].id = request.id ?? id
        requests[index].acceptedEnd = min(request.acceptedEnd ?? .max, end)
        sightings.append(sighting)
    }

    private mutating func add(_ get: GetRecord) {
        counts.gets += 1
        guard let answer = get.answer else { return }
        answersSensible.look()
        let asked = known.booking(get.booking)
        if let objection = answer.objection(isSubmission: false) {
            answersSensible.report(
                Violation(objection, event: asked?.event, booking: asked?.key, time: get.end))
        }
        let span = Span(start: get.start, end: get.end)
        guard let booking = answer.booking,
            let sighting = sighting(of: booking, in: span, isSubmission: false)
        else { return }
        if sighting.id != asked {
            oneOutcome.report(
                Violation(
                    "asked for \(get.booking), the API showed \(sighting.id)",
                    event: sighting.id.event, booking: sighting.id.key, time: get.end))
        }
        sightings.append(sighting)
    }

    private mutating func add(_ look: EventRecord) {
        guard let answer = look.answer else { return }
        answersSensible.look()
        guard answer.status == 200, let event = known.event(look.event) else {
            if answer.status != 503, answer.status != 429 {
                answersSensible.report(
                    Violation("the event was answered with \(answer.status)", time: look.end))
            }
            return
        }
        let last = lastEventSightings[event]?[look.instance]
        guard look.start > last?.span.start ?? .min else { return }
        var available: [TicketTypeNumber: Int] = [:]
        for (text, count) in answer.available {
            if let type = known.ticketType(text) { available[type.number] = count }
        }
        lastEventSightings[event, default: [:]][look.instance] = EventSighting(
            span: Span(start: look.start, end: look.end), available: available)
    }

    /// Keeps what an answer about a change said of the booking `asked`.
    mutating func note(
        _ booking: AnsweredBooking?, of asked: BookingID, in span: Span, isLook: Bool
    ) {
        guard let booking, let sighting = sighting(of: booking, in: span, isSubmission: !isLook)
        else { return }
        if sighting.id != asked {
            oneOutcome.report(
                Violation(
                    "asked to change \(asked), the API showed \(sighting.id)", event: asked.event,
                    booking: asked.key, time: span.end))
        }
        sightings.append(sighting)
    }

    /// What `booking` says, if it can be read.
    private mutating func sighting(
        of booking: AnsweredBooking, in span: Span, isSubmission: Bool
    ) -> Sighting? {
        let reason = booking.reason.flatMap(Reason.init)
        let createdAt = booking.createdAt.flatMap(Instant.init(utc:))
        let decidedAt = booking.decidedAt.flatMap(Instant.init(utc:))
        let expiresAt = booking.expiresAt.flatMap(Instant.init(utc:))
        guard let id = known.booking(booking.id),
            let status = BookingStatus(rawValue: booking.status),
            (reason == nil) == (booking.reason == nil),
            (createdAt == nil) == (booking.createdAt == nil),
            (decidedAt == nil) == (booking.decidedAt == nil),
            (expiresAt == nil) == (booking.expiresAt == nil)
        else {
            answersSensible.report(
                Violation("an answer with no booking there can be: \(booking)", time: span.end))
            return nil
        }
        if known.event(booking.eventId) != id.event
            || known.basket(booking.items, of: id.event) != id.basket
        {
            oneOutcome.report(
                Violation(
                    "the document's event or items are not those of its id", event: id.event,
                    booking: id.key, time: span.end))
        }
        return Sighting(
            id: id, span: span, status: status, reason: reason, sequence: booking.sequence,
            asOfSequence: booking.asOfSequence, createdAt: createdAt, decidedAt: decidedAt,
            expiresAt: expiresAt, isLook: !isSubmission || status != .pending)
    }
}

/// How much of each kind a history holds.
package struct HistoryCounts: Codable, Hashable, Sendable {
    package var posts = 0
    package var gets = 0
    /// Changes that were asked for, and looks at them.
    package var changes = 0
    package var faults = 0
    /// Submissions and changes without an answer, though their senders waited for one.
    package var unknowns = 0
}
