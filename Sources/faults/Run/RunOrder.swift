import BookingHistory
import FaultPoints

/// What one run is to be.
struct RunOrder: Sendable {
    /// Names its folder and its databases: lower-case letters, digits and underscores.
    let name: String
    let plan: FaultPlan
    /// How long the load lasts at least; a step that has begun is finished.
    let duration: Duration
    /// Bookings a second.
    let rate: Int
    let workers: Int
    let events: Int
    let buyers: Int
    /// What is wrong with the programs.
    var bugs: [PlantedBug] = []
    /// Whether the constraints that stand behind everything are taken away.
    var dropsConstraints = false
    /// Whether steps that are left when the time is up are left out.
    var endsOnTime = true
    /// What buyers do with their bookings.
    var patience = AfterSale.Patience.brief
    /// How long after its time a hold may lapse.
    var expiryMax = FaultLimits.expiryMax
    /// The program of another version, which takes turns with the one of now.
    var before: String?

    /// What the run must have seen, or else it says nothing.
    func required(for performed: [Fault]) -> [RareEvent] {
        guard bugs.isEmpty else { return [] }
        let required = Set(performed.flatMap(\.required))
            .union(patience == .full ? [.expiry, .lateConfirmation] : [])
        return RareEvent.allCases.filter(required.contains)
    }
}
