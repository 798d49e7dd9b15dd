import BookingDomain

/// How long bookings wait in their events' lines, as the outcomes of some of them tell.
///
/// A line is too long when its bookings wait longer than ``waitMax``: then newcomers are asked to come
/// again, so that what was accepted is decided soon and the rest is not kept waiting. When nothing is
/// being decided nobody is sent away: the line is kept for when a worker is back.
struct LineWatch: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// How long bookings may wait before newcomers are sent away.
    static let waitMax = Duration.seconds(2)
    /// How long what was heard last of a line counts.
    static let memory = Duration.seconds(2)
    /// The longest pause that anybody is asked for, in seconds.
    static let pauseSecondsMax = 30
    /// The most lines that are watched.
    private static let linesMax = 20_000

    private struct Sighting: Sendable {
        let wait: Duration
        let at: Instant
    }

    private var sightings = RecentCache<EventID, Sighting>(capacity: LineWatch.linesMax)

    /// Takes in that a booking had waited so long when its outcome was heard.
    mutating func heard(_ event: EventID, waited wait: Duration, at now: Instant) {
        sightings.insert(Sighting(wait: wait, at: now), for: event)
    }

    /// After how many seconds a newcomer to the line should come again; `nil` when it may join.
    mutating func pauseSeconds(for event: EventID, at now: Instant) -> Int? {
        guard let sighting = sightings.value(for: event), sighting.wait > Self.waitMax,
            now - sighting.at < Self.memory
        else { return nil }
        return min(Int(sighting.wait.components.seconds) + 1, Self.pauseSecondsMax)
    }
}
