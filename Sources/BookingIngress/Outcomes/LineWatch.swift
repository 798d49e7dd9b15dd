import BookingDomain
import Synchronization

/// How long bookings wait in their events' lines, as the outcomes tell.
///
/// A line is too long when its bookings wait longer than ``waitMax``: then newcomers are asked to come
/// again, so that what was accepted is decided soon and the rest is not kept waiting. When nothing is
/// being decided nobody is sent away: the line is kept for when a worker is back.
final class LineWatch: Sendable {
    /// How long bookings may wait before newcomers are sent away.
    static let waitMax = Duration.seconds(2)
    /// How long what was heard last of a line counts.
    private static let memory = Duration.seconds(1)
    /// How long ago a decision may have been made and still tell of the line as it is.
    private static let newsAgeMax = Duration.seconds(5)
    /// The longest pause that anybody is asked for, in seconds.
    private static let pauseSecondsMax = 30
    /// The most lines that are watched.
    private static let linesMax = 20_000

    private struct Sighting {
        let wait: Duration
        let at: ContinuousClock.Instant
    }

    private let sightings = Mutex(RecentCache<EventID, Sighting>(capacity: LineWatch.linesMax))

    /// Takes in what was decided; `now` is the wall clock's time.
    func heard(_ bookings: [Booking], at now: Instant) {
        let clock = ContinuousClock.now
        sightings.withLock { sightings in
            var last: Booking?
            for booking in bookings {
                if let last, last.event != booking.event {
                    Self.note(last, in: &sightings, at: clock, now)
                }
                last = booking
            }
            if let last { Self.note(last, in: &sightings, at: clock, now) }
        }
    }

    /// After how many seconds a newcomer to the line should come again; `nil` when it may join.
    func pauseSeconds(for event: EventID) -> Int? {
        guard let sighting = sightings.withLock({ $0.value(for: event) }),
            sighting.wait > Self.waitMax, ContinuousClock.now - sighting.at < Self.memory
        else { return nil }
        return min(Int(sighting.wait.components.seconds) + 1, Self.pauseSecondsMax)
    }

    private static func note(
        _ booking: Booking, in sightings: inout RecentCache<EventID, Sighting>,
        at clock: ContinuousClock.Instant, _ now: Instant
    ) {
        // An outcome that is told again says nothing of the line.
        guard booking.decidedAt.distance(to: now) < newsAgeMax else { return }
        let wait = booking.createdAt.distance(to: booking.decidedAt)
        sightings.insert(Sighting(wait: wait, at: clock), for: booking.event)
    }
}

extension Instant {
    /// The time from here to a later instant.
    func distance(to later: Instant) -> Duration {
        .microseconds(later.microsecondsSinceEpoch - microsecondsSinceEpoch)
    }
}
