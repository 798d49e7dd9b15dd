import NIOCore

/// The deadlines of all connections of an event loop, looked at together a few times a second.
///
/// A timer for each would cost more than the request it is for: setting a deadline is a store. They pass up
/// to ``tick`` late, never early. To be used on its event loop alone.
final class ConnectionDeadlines {
    /// How often the deadlines are looked at.
    static let tick = TimeAmount.milliseconds(100)

    /// The place of a connection's deadline.
    struct Place: Hashable, Sendable {
        fileprivate let index: Int
    }

    private var deadlines: [ConnectionDeadline] = []
    /// Called when the deadline at the same index has passed; `nil` for a place that is free.
    private var connections: [(any ExpiringConnection)?] = []
    private var free: [Int] = []
    /// The time of the last look, which is near enough for deadlines of seconds.
    private(set) var now = NIODeadline.now()

    /// Takes a connection in, for as long as it is not removed.
    func add(_ connection: any ExpiringConnection) -> Place {
        if let index = free.popLast() {
            connections[index] = connection
            return Place(index: index)
        }
        connections.append(connection)
        deadlines.append(.none)
        return Place(index: connections.count - 1)
    }

    func set(_ deadline: ConnectionDeadline, at place: Place) { deadlines[place.index] = deadline }

    func remove(_ place: Place) {
        guard connections[place.index] != nil else { return }
        connections[place.index] = nil
        deadlines[place.index] = .none
        free.append(place.index)
    }

    /// Tells the connections whose deadlines have passed.
    func look(at now: NIODeadline, isCrowded: Bool) {
        self.now = now
        for index in deadlines.indices {
            let deadline = deadlines[index]
            guard now >= (isCrowded ? deadline.whenCrowded : deadline.time) else { continue }
            connections[index]?.timePassed(isCrowded: isCrowded)
        }
    }
}

/// What waits for no longer than its deadline.
protocol ExpiringConnection: AnyObject {
    /// The deadline that was set has passed.
    func timePassed(isCrowded: Bool)
}
