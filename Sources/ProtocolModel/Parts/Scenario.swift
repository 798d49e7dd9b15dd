/// How much is tried: every way in which this much can happen is explored.
package struct Scenario: Hashable, Sendable {
    package var commands = 3
    package var workers = 2
    package var ingresses = 1
    /// `ShardConsumer.prefetch`.
    package var prefetch: UInt8 = 2
    package var allowance = Allowance()
    package var variant: Variant?
    /// What each command asks for; empty when all are bookings, and time does not matter.
    package var requests: [Request] = [] {
        didSet { if hasHolds { commands = requests.count } }
    }
    /// How many units there are for them.
    package var stock: UInt8 = 1
    /// How long a hold lasts.
    package var holdTime: UInt8 = 1
    /// How far the database's clock goes, from 0.
    package var timeMax = Message.tickTimeMax

    package var hasHolds: Bool { !requests.isEmpty }

    package init() {}

    package init(_ change: (inout Scenario) -> Void) { change(&self) }
}

/// What happens only so often.
package struct Allowance: Hashable, Sendable {
    /// A worker dies, or loses its connection to the broker or to the database.
    package var deaths: UInt8 = 0
    /// A worker is stopped for as long as one likes.
    package var freezes: UInt8 = 0
    /// An ingress hears nothing, or a no, of a batch; or dies with all it has.
    package var failedPublishes: UInt8 = 0
    /// A client asks again with the same key, whatever it was told.
    package var repeats: UInt8 = 0
    package var handOvers: UInt8 = 0
    package var pauses: UInt8 = 0
    package var alarms: UInt8 = 0
    /// An operator deletes the queue of a closed event.
    package var deletions: UInt8 = 0
    /// A command is given up, since workers died of it or the database does not take it.
    package var surrenders: UInt8 = 0

    package init() {}

    package init(_ change: (inout Allowance) -> Void) { change(&self) }

    /// Takes one of what `path` counts; `false` when none is left.
    mutating func spend(_ path: WritableKeyPath<Allowance, UInt8>) -> Bool {
        guard self[keyPath: path] > 0 else { return false }
        self[keyPath: path] -= 1
        return true
    }
}
