import BookingDomain

/// An event's line as a worker without faults applies it, with all that is to be known of it afterwards.
struct LineModel {
    private(set) var ledger: EventLedger
    private(set) var entries: [Entry] = []
    /// Where each booking stood, and since when, in microseconds of the run.
    private(set) var states: [BookingKey: [(booking: Booking, time: Int64)]] = [:]
    /// What each change came to, and when.
    private(set) var outcomes: [CommandID: (change: Change, time: Int64)] = [:]

    private var lastTime: Int64 = 0
    /// How long after its time a hold lapses.
    private static let tickDelay: Int64 = 200_000

    init(_ opening: Event) { ledger = EventLedger(opening) }

    /// All bookings as they stand, in the order of the line.
    var bookings: [Booking] {
        states.values.compactMap { $0.last?.booking }.sorted { $0.sequence < $1.sequence }
    }

    var changes: [Change] {
        outcomes.values.map(\.change).sorted { $0.sequence < $1.sequence }
    }

    /// Applies a command a moment after it has come, once what is due before has lapsed.
    mutating func apply(
        _ command: Command, arrivingAt arrival: Int64, random: inout SeededGenerator
    ) {
        expire(until: arrival)
        let time = max(lastTime, arrival + .random(in: 1000...9000, using: &random))
        note(ledger.apply(command, at: RunModel.now(at: time)), at: time)
    }

    /// Lets all holds lapse that are due before `time`, each in its own time.
    mutating func expire(until time: Int64) {
        while let due = held.first?.hold?.expiresAt {
            let dueTime = due.microsecondsSinceEpoch - RunModel.began + Self.tickDelay
            guard dueTime < time else { return }
            let at = max(lastTime, dueTime)
            ledger.recall(DueBookings(held, isCut: false))
            note(
                ledger.apply(
                    .tick(ledger.event, at: RunModel.now(at: at)), at: RunModel.now(at: at)),
                at: at)
        }
    }

    /// What is held, what is due first in front.
    private var held: [Booking] {
        bookings.filter { $0.status == .held }.sorted {
            let (left, right) = ($0.hold?.expiresAt, $1.hold?.expiresAt)
            guard let left, let right, left != right else { return $0.sequence < $1.sequence }
            return left < right
        }
    }

    private mutating func note(_ application: Application, at time: Int64) {
        lastTime = time
        guard case .applied(let entry) = application else { return }
        entries.append(entry)
        let keys: [BookingKey] =
            switch entry.body {
            case .book, .undecodable: [BookingKey(bits: entry.command.bits)]
            case .change(_, let key, _): [key]
            case .expire(let keys, _, _): keys
            }
        for key in keys {
            guard let booking = ledger.booking(key),
                booking.asOfSequence == entry.sequence
            else { continue }
            states[key, default: []].append((booking, time))
        }
        if let change = ledger.change(entry.command) { outcomes[entry.command] = (change, time) }
    }
}
