import BookingCheck
import BookingDomain
import BookingHistory

/// A run that never was, yet might have been: what its clients saw, and what its tables hold.
///
/// One seed makes one run. Requests get lost on the way or on the way back and are sent again, some
/// wait for their outcome and some poll, epochs rise, a poisonous command fails in its place, and a
/// second writer puts a booking of its own into the line.
struct RunModel {
    /// When the run began.
    static let began: Int64 = 1_795_219_200_000_000
    /// The first event's demand is several times its capacity.
    static let eventCount = 3
    static let instances = 2
    private static let length: Int64 = 5_000_000

    var run: RunDescription
    var records: [HistoryRecord] = []
    var tables = Tables()
    var queues = QueueCounts(events: [:], deadLetters: 0)

    private var random: SeededGenerator
    private let authenticator = ToyAuthenticator()

    init(seed: UInt64, requestsPerEvent: Int = 60) {
        random = SeededGenerator(seed: seed)
        run = RunDescription(
            seed: seed, startedAt: "2026-11-21T00:00:00Z", minutes: 0.1, rate: 100, workers: 2,
            instances: Self.instances, events: [])
        run.required = RareEvent.allCases
        run.observed.redeliveries = 1
        run.observed.duplicates = 1
        run.observed.fenced = 1
        run.observed.takeovers = 1
        for number in 0..<Self.eventCount { addEvent(number, requestsPerEvent) }
        for number in 0...1 { addShard(number) }
        // Poison of which nothing can be read leaves a letter and no row.
        run.poison.append(PoisonMessage(event: run.events[0].id, key: nil))
        run.observed.decided = tables.bookings.count - run.outside.count
        run.observed.isDecidedExact = true
        queues.deadLetters = run.poison.count
        records.append(
            .fault(FaultRecord(name: "none", span: Span(start: 1, end: 2), note: "nothing")))
        records.shuffle(using: &random)
    }

    func evidence() throws -> Evidence {
        var history = History()
        for record in records { history.add(record) }
        return Evidence(plan: try Plan(run), history: history, tables: tables, queues: queues)
    }

    func report() throws -> CheckReport { Checker(try evidence()).check() }
}

// MARK: How it comes about

extension RunModel {
    /// A command that reached the line.
    private struct Arrival {
        let time: Int64
        let command: Command
        let request: Int?
    }

    private struct Request {
        let id: BookingID
        let user: UserID
        let items: [ItemDocument]
        let key: String
        var attempts: [(span: Span, fate: Fate)] = []
    }

    private enum Fate { case accepted, awaited, unanswered, refused }

    private mutating func addEvent(_ number: Int, _ requestCount: Int) {
        let event = EventID(
            shard: .number(number % 2), now: Self.now(at: Int64(number) * 1000), random: 42)
        let organizer = Self.user(10_000 + number)
        let types = (1...2).map { type in
            PlannedEvent.TicketType(
                id: "\(event).\(type)", capacity: number == 0 ? 20 * type : 200 * type,
                maxPerUser: type == 2 && number == 1 ? 4 : nil, demandSuffices: false)
        }
        var arrivals: [Arrival] = []
        var requests: [Request] = []
        for index in 0..<requestCount {
            let (request, arrival) = request(index, of: event)
            requests.append(request)
            if let arrival { arrivals.append(arrival) }
        }
        arrivals += plantedArrivals(in: event)
        arrivals.sort { $0.time < $1.time }
        var ledger = EventLedger(Self.opening(event, types, organizer))
        var decided: [Int: (booking: Booking, time: Int64)] = [:]
        for arrival in arrivals {
            let time = arrival.time + .random(in: 1000...9000, using: &random)
            guard case .decided(let booking) = ledger.apply(arrival.command, at: Self.now(at: time))
            else { continue }
            tables.bookings.append(StoredBooking(booking, epoch: 1 + booking.sequence / 20))
            if let request = arrival.request { decided[request] = (booking, time) }
        }
        for (index, request) in requests.enumerated() {
            record(request, of: event, decided: decided[index])
        }
        addCounters(of: event, types, organizer: organizer, ledger: ledger)
        guard ledger.limitsUsers else { return }
        tables.tallied[event] = ledger.sequence
        tables.tallies += ledger.granted.map {
            StoredTally(event: event, allowance: $0.key, taken: $0.value)
        }
    }

    /// A request with its attempts, and its command if one of them brought it into the line.
    private mutating func request(_ index: Int, of event: EventID) -> (Request, Arrival?) {
        let user = Self.user(index % 25)
        let key = "request \(index)"
        let basket = Basket.of(
            Bool.random(using: &random)
                ? [1: .random(in: 1...3, using: &random)]
                : [1: 1, 2: .random(in: 1...3, using: &random)])
        let id = BookingID(
            key: BookingKey(
                user: user, event: event, idempotencyKey: IdempotencyKey.of(key),
                authenticator: authenticator),
            event: event, basket: basket, user: user, authenticator: authenticator)
        let items = basket.items.map {
            ItemDocument(
                ticketTypeId: "\(event).\($0.ticketType)", quantity: $0.quantity.rawValue)
        }
        var request = Request(id: id, user: user, items: items, key: key)
        var arrival: Int64?
        var start = Int64.random(in: 0..<Self.length, using: &random)
        for _ in 1...4 {
            let end = start + .random(in: 2000...60_000, using: &random)
            let span = Span(start: start, end: end)
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                request.attempts.append((span, .refused))
            case 1...2:
                request.attempts.append((span, .unanswered))
                // It was lost on the way there, or on the way back.
                if Bool.random(using: &random) { arrival = arrival ?? start + 1000 }
                if Int.random(in: 0..<3, using: &random) == 0 { return finish() }
            default:
                request.attempts.append(
                    (span, Bool.random(using: &random) ? .accepted : .awaited))
                arrival = arrival ?? start + 1000
                return finish()
            }
            start = end + .random(in: 1...50_000, using: &random)
        }
        func finish() -> (Request, Arrival?) {
            let command = BookCommand(
                key: id.key, user: user, basket: basket,
                submittedAt: Self.now(at: arrival ?? 0))
            return (
                request,
                arrival.map { Arrival(time: $0, command: .book(command), request: index) }
            )
        }
        return finish()
    }

    /// What the run itself puts into the line: poison with a key, and a second writer's booking.
    private mutating func plantedArrivals(in event: EventID) -> [Arrival] {
        let keys = ["poison", "outside"].map { name in
            BookingKey(
                user: Self.user(500), event: event, idempotencyKey: IdempotencyKey.of(name),
                authenticator: authenticator)
        }
        run.poison.append(PoisonMessage(event: event.description, key: keys[0].description))
        run.outside.append(
            OutsideBooking(event: event.description, key: keys[1].description))
        let outside = BookCommand(
            key: keys[1], user: Self.user(500), basket: .of([1: 1]), submittedAt: Self.now(at: 0))
        return [
            Arrival(
                time: .random(in: 0..<Self.length, using: &random),
                command: .undecodable(UndecodableCommand(key: keys[0], user: nil)), request: nil),
            Arrival(
                time: .random(in: 0..<Self.length, using: &random), command: .book(outside),
                request: nil),
        ]
    }

    /// Writes down what the sender of `request` saw.
    private mutating func record(
        _ request: Request, of event: EventID, decided: (booking: Booking, time: Int64)?
    ) {
        for (index, attempt) in request.attempts.enumerated() {
            var span = attempt.span
            let answer: BookingAnswer?
            switch (attempt.fate, decided) {
            case (.unanswered, _): answer = nil
            case (.accepted, let decided?):
                answer = BookingAnswer(
                    status: 202, booking: request.id.pending(decided.booking), problem: nil)
                look(at: request, decided, after: span.end)
            case (.awaited, let (booking, time)?):
                span = Span(start: span.start, end: max(span.end, time + 500))
                answer = BookingAnswer(
                    status: booking.status == .confirmed ? 201 : 409,
                    booking: request.id.document(booking),
                    problem: booking.status == .confirmed ? nil : "sold-out")
            default:
                answer = BookingAnswer(status: 503, booking: nil, problem: "overloaded")
            }
            records.append(
                .post(
                    PostRecord(
                        client: index, user: request.user.description, event: event.description,
                        key: request.key, items: request.items, attempt: index + 1, span: span,
                        answer: answer)))
        }
    }

    /// Looks at the booking until it is decided, and once more.
    private mutating func look(
        at request: Request, _ decided: (booking: Booking, time: Int64), after start: Int64
    ) {
        let pending = request.id.pending(nil)
        let document = request.id.document(decided.booking)
        var looks: [(Span, AnsweredBooking?)] = [
            (Span(start: decided.time - 900, end: decided.time + 300), pending),
            (Span(start: decided.time - 100, end: decided.time + 400), document),
            (Span(start: max(start, decided.time) + 600, end: Self.length * 2), document),
        ]
        if start < decided.time { looks.append((Span(start: start, end: start), pending)) }
        looks.append((Span(start: start, end: start + 10_000_000), nil))
        for (span, booking) in looks {
            records.append(
                .get(
                    GetRecord(
                        booking: request.id.description, user: request.user.description,
                        span: span,
                        answer: booking.map {
                            BookingAnswer(status: 200, booking: $0, problem: nil)
                        })))
        }
    }

    private mutating func addCounters(
        of event: EventID, _ types: [PlannedEvent.TicketType], organizer: UserID,
        ledger: EventLedger
    ) {
        let stocks = ledger.ticketTypes.values.sorted { $0.number < $1.number }
        tables.events.append(
            StoredEvent(
                id: event, sequence: ledger.sequence,
                ticketTypes: stocks.map {
                    StoredTicketType(
                        number: $0.number, capacity: $0.stock.capacity,
                        available: $0.stock.available, held: 0, confirmed: $0.stock.confirmed)
                }))
        run.events.append(
            PlannedEvent(
                id: event.description, organizer: organizer.description,
                ticketTypes: zip(types, stocks).map { type, stock in
                    var type = type
                    type.demandSuffices = stock.stock.available == 0
                    return type
                }))
        queues.events[event] = 0
        for (time, isLast) in [(Self.length * 2, true), (Self.length, false)] {
            let available = stocks.map {
                ("\(event).\($0.number)", isLast ? $0.stock.available : $0.stock.capacity)
            }
            for instance in 0..<Self.instances {
                records.append(
                    .event(
                        EventRecord(
                            event: event.description, instance: instance,
                            span: Span(start: time, end: time + 10),
                            answer: EventAnswer(
                                status: 200,
                                available: Dictionary(uniqueKeysWithValues: available)))))
            }
        }
    }

    private mutating func addShard(_ number: Int) {
        let shard = ShardNumber.number(number)
        let outside = Set(run.outside.map(\.key))
        let rows = tables.bookings.filter { $0.booking.event.shard == shard }
        let epochs = Dictionary(grouping: rows, by: \.epoch).mapValues(\.count)
        tables.shards.append(
            StoredShard(
                shard: shard,
                commands: Int64(rows.count { !outside.contains($0.booking.key.description) }),
                audits: epochs.sorted { $0.key < $1.key }.map {
                    CommitAudit(writerEpoch: $0.key, leaseEpoch: $0.key, commits: $0.value)
                }))
    }
}
