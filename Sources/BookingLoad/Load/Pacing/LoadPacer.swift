import NIOCore

/// Decides when a connection that has nothing to do sends its next request.
struct LoadPacer: Sendable {
    private(set) var window: LoadWindow
    private var line = WaitingLine(max: LoadLimits.waitingMax)
    /// Only in the open loop.
    private var arrivals: ArrivalSchedule?

    init(_ pace: LoadPace, window: LoadWindow) {
        self.window = window
        switch pace {
        case .closed: arrivals = nil
        case .open(let rate):
            arrivals = ArrivalSchedule(rate: rate, from: window.begin, until: window.end)
        }
    }

    /// Requests that were never sent.
    var leftOut: Int { line.leftOut }
    /// Requests that are due and wait for a connection.
    var waiting: Int { line.count }
    /// When the next request of the open loop falls due; `nil` when none does any more.
    var nextArrival: NIODeadline? { arrivals?.next }

    /// Sends nothing any more but what waits already.
    mutating func cutShort(at now: NIODeadline) {
        window.cutShort(at: now)
        arrivals?.cutShort(at: now)
    }

    /// Puts into the line what has fallen due.
    mutating func collect(until now: NIODeadline) {
        while let due = arrivals?.take(by: now) { line.add(dueAt: due) }
    }

    /// Takes a request for a free connection, and tells when it was due; `nil` when there is none.
    mutating func next(at now: NIODeadline) -> NIODeadline? {
        if arrivals != nil { return line.takeFirst() }
        return now < window.end ? now : nil
    }

    /// Whether no request will be sent from now on.
    func isExhausted(at now: NIODeadline) -> Bool {
        now >= window.end && line.count == 0 && nextArrival == nil
    }

    /// Leaves out all that were not sent so far.
    mutating func abandon() { line.abandon() }
}
