import NIOCore

/// The named limits of a load.
package enum LoadLimits {
    /// Connections; below the number of ports that one address offers to another by default.
    static let usersMax = 20_000
    static let rateMin = 0.1
    static let rateMax = 1_000_000.0
    static let durationMax = Duration.seconds(86_400)
    static let warmupMax = Duration.seconds(3_600)
    static let eventsMax = 1_000
    static let zipfMax = 5.0
    static let buyersMax = 20_000
    /// Events that one organizer makes; more at once are beyond an organizer's budget.
    static let eventsByOrganizer = 50
    /// Connections that come from one address, where clients can choose.
    static let connectionsByAddress = 50
    /// Bookings a second that are asked for by one buyer, if nothing else is said; an account may book twice as
    /// many in the long run.
    static let buyerRate = 10.0
    /// Buyers of a closed loop for each of its users, if nothing else is said, and the most of them.
    static let buyersPerUser = 2
    static let defaultBuyersMax = 400
    static let defaultBuyersMin = 20
    /// The most places the API gives to a ticket type.
    static let capacityMax = 10_000_000
    /// File descriptors needed beside those of the connections.
    package static let otherFilesMax = 64
    /// Connections that are being made at once, so that no listener's backlog overflows.
    static let connectingMax = 500
    /// Requests of the open loop that are due and wait for a connection.
    static let waitingMax = 65_536
    /// Events that are created at once.
    static let creationsAtOnce = 4
    /// Connections of the client that creates accounts and events.
    static let setUpConnections = 8
    static let connectTimeout = TimeAmount.seconds(5)
    /// How often overdue answers are looked for and progress is told.
    static let tick = TimeAmount.seconds(1)
    /// The part of an answer that is looked at, in bytes; a booking has a few hundred.
    static let answerBytesMax = 64 << 10
    /// A duration above this is recorded as this.
    static let latencyMax = Duration.seconds(3_600)
    /// Snapshots of the progress kept for whoever prints them.
    static let progressKept = 16
}
