import BookingDomain

/// Estimates how long a booking that joins an event's line would wait.
///
/// Counts the bookings that were accepted here, and sees from the outcomes how fast they are decided. A
/// line is too long when a booking that joins it would wait longer than ``waitMax``: then newcomers are asked to
/// come again, so that what was accepted is decided soon. When nothing is being decided nobody is sent
/// away: the line is kept for when a worker is back.
struct WaitEstimator: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// How long newcomers may have to wait before they are sent away.
    let waitMax: Duration
    /// How long bookings wait at least in a line that is being worked off as fast as can be.
    ///
    /// In a shorter one the outcomes tell how fast people come.
    static let busyWaitMin = Duration.milliseconds(250)
    /// A line shorter than this is no long line, unless people were seen to wait for ``waitMax`` in it.
    ///
    /// Of a few bookings nobody can tell how fast more would be decided: many go in one batch.
    static let lengthMin = 200
    /// How long the speed of a line is measured for at least.
    static let windowMin = Duration.milliseconds(100)
    /// How long what was heard last of a line counts.
    static let memory = Duration.seconds(2)
    /// The longest pause that anybody is asked for, in seconds.
    static let pauseSecondsMax = 30
    /// The most lines that are watched.
    private static let linesMax = 20_000
    /// The most bookings whose places are remembered.
    private static let placesMax = 100_000
    /// Of a line's bookings one in so many has its place remembered, and one each ``sampleInterval`` besides:
    /// a line of minutes may have millions.
    private static let sampleEvery: UInt64 = 64
    static let sampleInterval = Duration.milliseconds(50)
    /// How many outcomes of a message are looked at besides.
    private static let lookedAtMax = 100

    /// A booking's place among those that were accepted here for its event.
    struct Place: Hashable, Sendable {
        let number: Int
        let at: Instant
    }

    private struct Line: Sendable {
        /// When a place was remembered last.
        var sampledAt: Instant?
        /// How many were accepted here.
        var accepted = 0
        /// The place that was decided last, how long it had waited, and when that was heard.
        var last: (number: Int, wait: Duration, at: Instant)?
        /// Where the speed is measured from.
        var windowStart: (number: Int, at: Instant)?
        /// How many are decided in a second.
        var speed: Double?
    }

    private var lines = RecentCache<EventID, Line>(capacity: WaitEstimator.linesMax)
    private var places = RecentCache<BookingKey, Place>(capacity: WaitEstimator.placesMax)

    init(waitMax: Duration) { self.waitMax = waitMax }

    /// Takes in that a booking joined the line.
    mutating func accepted(_ key: BookingKey, of event: EventID, at now: Instant) {
        let (place, isDue) = lines.use(event, default: Line()) { line in
            line.accepted += 1
            let isDue = line.sampledAt.map { now - $0 >= Self.sampleInterval } ?? true
            if isDue { line.sampledAt = now }
            return (Place(number: line.accepted, at: now), isDue)
        }
        if isDue || Self.isSample(key) { places.insert(place, for: key) }
    }

    /// The place that was remembered of a booking.
    mutating func place(of key: BookingKey) -> Place? { places.value(for: key) }

    private static func isSample(_ key: BookingKey) -> Bool {
        UInt64(truncatingIfNeeded: key.bits) % sampleEvery == 0
    }

    /// Takes in what was decided: how far the lines have come that bookings were accepted for here.
    mutating func heard(_ bookings: [Booking], at now: Instant) {
        var seen: Set<EventID> = []
        let last = bookings.count - Self.lookedAtMax
        // The last one of each event tells; with other instances about, it may be one of theirs.
        for (index, booking) in bookings.enumerated().reversed()
        where (index >= last || Self.isSample(booking.key)) && !seen.contains(booking.event) {
            guard let place = places.value(for: booking.key) else { continue }
            seen.insert(booking.event)
            heard(booking.event, place, at: now)
        }
    }

    /// Takes in that the booking at a place was decided, and with it all before it.
    mutating func heard(_ event: EventID, _ place: Place, at now: Instant) {
        // A line that was forgotten meanwhile begins anew; places of its former life say nothing.
        guard var line = lines.value(for: event), place.number <= line.accepted else { return }
        if let last = line.last {
            // Outcomes may be told again.
            guard place.number > last.number else { return }
            if now - last.at >= Self.memory { (line.windowStart, line.speed) = (nil, nil) }
        }
        line.last = (place.number, now - place.at, now)
        if let start = line.windowStart {
            if now - start.at >= Self.windowMin {
                line.speed = Double(place.number - start.number) / ((now - start.at) / .seconds(1))
                line.windowStart = (place.number, now)
            }
        } else {
            line.windowStart = (place.number, now)
        }
        lines.insert(line, for: event)
    }

    /// After how many seconds a newcomer to the line should come again; `nil` when it may join.
    mutating func pauseSeconds(for event: EventID, at now: Instant) -> Int? {
        guard let line = lines.value(for: event), let last = line.last, let speed = line.speed,
            last.wait >= Self.busyWaitMin, now - last.at < Self.memory
        else { return nil }
        let length = line.accepted - last.number
        let excess = Double(length) / speed - waitMax / .seconds(1)
        guard excess > 0, length >= Self.lengthMin || last.wait >= waitMax else { return nil }
        return Int(min(excess.rounded(.up), Double(Self.pauseSecondsMax)))
    }
}
