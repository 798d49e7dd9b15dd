/// The named limits of the fault drill.
enum FaultLimits {
    /// How long a request is sent again and again while its answer leaves open whether it was taken.
    static let pursuitMax = Duration.seconds(90)
    /// How long one HTTP exchange may take beyond the wait it asked for.
    static let exchangeMax = Duration.seconds(5)
    /// Bookings pursued at a time, as seconds of the rate; beyond it new ones are left out.
    static let openSecondsMax = 6
    /// How long a program may take until it is ready, and until it has stopped.
    static let startMax = Duration.seconds(60)
    static let stopMax = Duration.seconds(30)
    /// How long `infra/services` may take for anything.
    static let servicesMax = Duration.seconds(150)
    /// How long an armed point may wait for a worker to pass it.
    static let armedMax = Duration.seconds(15)
    /// How often a point is armed anew when nobody comes to it.
    static let armingsMax = 3
    /// How long an instance may take to tell what is left of an event in the end.
    static let lookMax = Duration.seconds(30)
    /// How long all outcomes together may take to be there once the load is over.
    static let drainMax = Duration.seconds(90)
    /// The same in a run with a planted bug, where some never come.
    static let drainWithBugMax = Duration.seconds(6)
    /// How long after its time a hold may lapse while everything goes wrong: servers are down that long.
    static let expiryMax = Duration.seconds(30)
    /// How long all holds together may take to lapse once the load is over.
    static let settleMax = Duration.seconds(90)
    /// How long the checker may take.
    static let checkMax = Duration.seconds(1200)
    /// Who asks for outcomes at the end, at the same time.
    static let askersMax = 16
    /// Bookings of one place sent for what is left of a ticket type that should be sold out.
    static let topUpMax = 200
    static let workersMax = 8
    /// Copies of messages taken to be published again.
    static let copiesMax = 200
}
