import NIOCore

/// When a run begins, begins to count, stops sending, and gives up what has no outcome.
struct LoadWindow: Hashable, Sendable {
    let begin: NIODeadline
    let countedFrom: NIODeadline
    private(set) var end: NIODeadline
    private(set) var giveUpAt: NIODeadline
    /// Whether it ended before its time.
    private(set) var isCutShort = false

    init(begin: NIODeadline, _ configuration: LoadConfiguration) {
        self.begin = begin
        countedFrom = begin + TimeAmount(configuration.warmup)
        end = countedFrom + TimeAmount(configuration.duration)
        giveUpAt = end + TimeAmount(configuration.patience)
    }

    /// How long it counts.
    var counted: Duration { Duration(.nanoseconds(max(0, (end - countedFrom).nanoseconds))) }

    /// Sends nothing any more from `now` on; patience is counted from then.
    mutating func cutShort(at now: NIODeadline) {
        guard now < end else { return }
        giveUpAt = now + (giveUpAt - end)
        end = now
        isCutShort = true
    }

    /// Whether what was due at `instant` counts; with what was done then it is the same.
    func counts(_ instant: NIODeadline) -> Bool { countedFrom <= instant && instant < end }

    /// Whole seconds from the beginning to `instant`.
    func second(of instant: NIODeadline) -> Int {
        max(Int((instant - begin).nanoseconds / 1_000_000_000), 0)
    }

    /// When user `number` of `users` sends first in the closed loop.
    ///
    /// They come in one after the other over the first half of the warm-up: all at once would be a
    /// blow that no real crowd deals.
    func start(ofUser number: Int, of users: Int) -> NIODeadline {
        let apart = (countedFrom - begin).nanoseconds / Int64(2 * max(users, 1))
        return begin + .nanoseconds(apart * Int64(number))
    }
}
