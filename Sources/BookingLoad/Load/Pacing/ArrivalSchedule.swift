import NIOCore

/// When the requests of the open loop are due: evenly spaced, whatever becomes of them.
///
/// The n-th is due n/rate after the beginning, counted anew for each so that no error adds up.
struct ArrivalSchedule: Sendable {
    private let begin: NIODeadline
    private var end: NIODeadline
    private let nanosecondsBetween: Double
    private var taken = 0

    init(rate: Double, from begin: NIODeadline, until end: NIODeadline) {
        self.begin = begin
        self.end = end
        nanosecondsBetween = 1_000_000_000 / rate
    }

    /// Nothing is due any more from `end` on.
    mutating func cutShort(at end: NIODeadline) { self.end = min(self.end, end) }

    /// When the next one is due; `nil` when that would be after the end.
    var next: NIODeadline? {
        let due = begin + .nanoseconds(Int64(nanosecondsBetween * Double(taken)))
        return due < end ? due : nil
    }

    /// Takes the next one if it is due by `now`.
    mutating func take(by now: NIODeadline) -> NIODeadline? {
        guard let next, next <= now else { return nil }
        taken += 1
        return next
    }
}
