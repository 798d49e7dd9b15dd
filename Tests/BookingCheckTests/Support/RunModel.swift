import BookingCheck
import BookingDomain
import BookingHistory

/// A run that never was, yet might have been: what its clients saw, and what its tables hold.
///
/// One seed makes one run. Requests get lost on the way or on the way back and are sent again, some
/// wait for their outcome and some poll, holds are confirmed, extended, cancelled or lapse, epochs rise, a
/// poisonous command fails in its place, and a second writer puts a booking of its own into the line.
struct RunModel {
    /// When the run began.
    static let began: Int64 = 1_795_219_200_000_000
    /// The first event's demand is several times its capacity.
    static let eventCount = 3
    static let instances = 2
    static let holdSeconds = 30
    /// How long requests to book come, and when all is over, in microseconds.
    static let length: Int64 = 5_000_000
    static let end: Int64 = 60_000_000

    /// What buyers do who hold a booking.
    enum Habit {
        /// Some confirm after their holds have lapsed.
        case late
        case lapsing
        /// All confirm or cancel in time.
        case punctual
    }

    var run: RunDescription
    var records: [HistoryRecord] = []
    var tables = Tables()
    var queues = QueueCounts(events: [:], deadLetters: 0)

    var random: SeededGenerator
    let authenticator = ToyAuthenticator()
    let habit: Habit

    init(seed: UInt64, requestsPerEvent: Int = 60, habit: Habit = .late) {
        random = SeededGenerator(seed: seed)
        self.habit = habit
        run = RunDescription(
            seed: seed, startedAt: "2026-11-21T00:00:00Z", minutes: 0.1, rate: 100, workers: 2,
            instances: Self.instances, events: [])
        run.workedUntil = Self.now(at: Self.end).text
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

    func report() throws -> CheckReport {
        Checker(try evidence(), expiryMax: .seconds(1)).check()
    }
}

// MARK: How it comes about

extension RunModel {
    /// A command that reached the line.
    struct Arrival {
        let time: Int64
        let command: Command
    }

    struct Request {
        let id: BookingID
        let user: UserID
        let items: [ItemDocument]
        let key: String
        var attempts: [(span: Span, fate: Fate)] = []
    }

    enum Fate { case accepted, awaited, unanswered, refused }

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
        var changes: [ChangeRequest] = []
        for index in 0..<requestCount {
            let (request, arrival) = request(index, of: event)
            requests.append(request)
            guard let arrival else { continue }
            arrivals.append(arrival)
            changes += changeRequests(of: request, from: arrival.time)
        }
        arrivals += plantedArrivals(in: event, outsideIsLast: number == 2)
        arrivals += changes.flatMap { change in
            change.arrivals.map { Arrival(time: $0, command: change.command) }
        }
        var line = LineModel(Self.opening(event, types, organizer))
        for arrival in arrivals.sorted(by: { $0.time < $1.time }) {
            line.apply(arrival.command, arrivingAt: arrival.time, random: &random)
        }
        line.expire(until: Self.end)
        add(line, lacksLast: number == 2)
        for request in requests { record(request, of: event, line) }
        for change in changes { record(change, line) }
        addCounters(of: event, types, organizer: organizer, ledger: line.ledger)
        if number == 0 { turnAway(from: event, types) }
    }

    /// The rows and pages that an event's line comes to.
    ///
    /// The last entry may have been written by somebody who keeps no log.
    private mutating func add(_ line: LineModel, lacksLast: Bool) {
        var entries = line.entries[...]
        var epochs: [Int64: Int64] = [:]
        let unlogged = lacksLast ? entries.popLast() : nil
        while let first = entries.first {
            let batch = Array(entries.prefix(.random(in: 1...12, using: &random)))
            entries = entries.dropFirst(batch.count)
            let epoch = 1 + first.sequence / 20
            for entry in batch { epochs[entry.sequence] = epoch }
            if let page = LogPage(batch, of: line.ledger.event) {
                tables.pages.append(StoredPage(page, epoch: epoch))
            }
        }
        if let unlogged { epochs[unlogged.sequence] = 1 + unlogged.sequence / 20 }
        for booking in line.bookings {
            tables.bookings.append(
                StoredBooking(booking, epoch: epochs[booking.sequence] ?? 0))
        }
        tables.changes += line.changes
        guard line.ledger.limitsUsers else { return }
        tables.tallied[line.ledger.event] = line.ledger.sequence
        tables.tallies += line.ledger.granted.map {
            StoredTally(event: line.ledger.event, allowance: $0.key, taken: $0.value)
        }
    }

    /// Somebody is turned away at the door, when all is sold.
    private mutating func turnAway(from event: EventID, _ types: [PlannedEvent.TicketType]) {
        let items = types.map { ItemDocument(ticketTypeId: $0.id, quantity: 50) }
        records.append(
            .post(
                PostRecord(
                    client: 1, user: Self.user(600).description, event: event.description,
                    key: "late", items: items, attempt: 1,
                    span: Span(start: Self.end - 2000, end: Self.end - 1000),
                    answer: BookingAnswer(status: 409, booking: nil, problem: "sold-out"))))
    }

    /// A request with its attempts, and its command if one of them brought it into the line.
    private mutating func request(_ index: Int, of event: EventID) -> (Request, Arrival?) {
        let user = Self.user(index % 25)
        let key = "request \(index)"
        let basket = Basket.of(
            Bool.random(using: &random)
                ? [1: .random(in: 1...3, using: &random)]
                : [1: 1, 2: .random(in: 1...3, using: &random)])
        let isHold = Int.random(in: 0..<5, using: &random) < 3
        let id = BookingID(
            key: BookingKey(
                user: user, event: event, idempotencyKey: IdempotencyKey.of(key),
                authenticator: authenticator),
            event: event, basket: basket, flags: isHold ? .hold : [], user: user,
            authenticator: authenticator)
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
            let command = Command.book(
                basket, holding: isHold, as: id.key, of: id.event, by: user,
                at: Self.now(at: arrival ?? 0))
            return (request, arrival.map { Arrival(time: $0, command: command) })
        }
        return finish()
    }

    /// What the run itself puts into the line: poison with a key, and a second writer's booking.
    private mutating func plantedArrivals(
        in event: EventID, outsideIsLast: Bool
    ) -> [Arrival] {
        let keys = ["poison", "outside"].map { name in
            BookingKey(
                user: Self.user(500), event: event, idempotencyKey: IdempotencyKey.of(name),
                authenticator: authenticator)
        }
        run.poison.append(PoisonMessage(event: event.description, key: keys[0].description))
        run.outside.append(
            OutsideBooking(event: event.description, key: keys[1].description))
        let time =
            outsideIsLast ? Self.end - 1 : .random(in: 0..<Self.length, using: &random)
        let outside = Command.book(
            .of([1: 1]), as: keys[1], of: event, by: Self.user(500), at: Self.now(at: time))
        return [
            Arrival(
                time: .random(in: 0..<Self.length, using: &random),
                command: .undecodable(keys[0], of: event, by: nil)),
            Arrival(time: time, command: outside),
        ]
    }

    /// Writes down what the sender of `request` saw.
    private mutating func record(_ request: Request, of event: EventID, _ line: LineModel) {
        let states = line.states[request.id.key] ?? []
        for (index, attempt) in request.attempts.enumerated() {
            var span = attempt.span
            let answer: BookingAnswer?
            switch (attempt.fate, states.first) {
            case (.unanswered, _): answer = nil
            case (.accepted, let decided?):
                answer = BookingAnswer(
                    status: 202, booking: request.id.pending(decided.booking), problem: nil)
                look(at: request, states, after: span.end)
            case (.awaited, let (booking, time)?):
                span = Span(start: span.start, end: max(span.end, time + 500))
                let isTaken = booking.reason == nil
                answer = BookingAnswer(
                    status: isTaken ? 201 : 409, booking: request.id.document(booking),
                    problem: isTaken ? nil : "sold-out")
            default:
                answer = BookingAnswer(status: 503, booking: nil, problem: "overloaded")
            }
            records.append(
                .post(
                    PostRecord(
                        client: index, user: request.user.description, event: event.description,
                        key: request.key, items: request.items,
                        hold: request.id.flags.contains(.hold), attempt: index + 1, span: span,
                        answer: answer)))
        }
    }

    /// Looks at the booking until it is decided, then whenever it has changed, and once more in the end.
    private mutating func look(
        at request: Request, _ states: [(booking: Booking, time: Int64)], after start: Int64
    ) {
        let pending = request.id.pending(nil)
        guard let first = states.first, let last = states.last else { return }
        var looks: [(Span, AnsweredBooking?)] = [
            (Span(start: first.time - 900, end: first.time + 300), pending),
            (Span(start: Self.end, end: Self.end + 10), request.id.document(last.booking)),
        ]
        for state in states {
            looks.append(
                (
                    Span(start: state.time - 100, end: state.time + 400),
                    request.id.document(state.booking)
                ))
        }
        if start < first.time { looks.append((Span(start: start, end: start), pending)) }
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
                        available: $0.stock.available, held: $0.stock.held,
                        confirmed: $0.stock.confirmed)
                }))
        run.events.append(
            PlannedEvent(
                id: event.description, organizer: organizer.description,
                ticketTypes: zip(types, stocks).map { type, stock in
                    var type = type
                    type.demandSuffices = stock.stock.available == 0
                    return type
                }, holdSeconds: Self.holdSeconds))
        queues.events[event] = 0
        for (time, isLast) in [(Self.end, true), (Self.length, false)] {
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
        let sequences = tables.events.filter { $0.id.shard == shard }.map(\.sequence)
        let planted = rows.count { outside.contains($0.booking.key.description) }
        tables.shards.append(
            StoredShard(
                shard: shard, commands: sequences.reduce(0, +) - Int64(planted),
                audits: epochs.sorted { $0.key < $1.key }.map {
                    CommitAudit(writerEpoch: $0.key, leaseEpoch: $0.key, commits: $0.value)
                }))
    }
}
