/// An ingress instance: `CommandOutbox` decides what goes when, `CommandBatcher` sends it.
struct Ingress: Hashable, Sendable {
    /// What was submitted while a batch is on its way, and goes with the next.
    var gathered = CommandSet()
    /// The one batch on its way, and how far it is.
    var flight = CommandSet()
    var stage = Stage.none

    enum Stage: UInt8, Sendable {
        case none, departed
        /// The exchange has found the queue, which has not got the message yet.
        case routed
        /// The broker is about to confirm.
        case taken
    }

    /// What orders instances, for it does not matter which of them is which.
    var rank: Int {
        Int(gathered.rawValue) << 16 | Int(flight.rawValue) << 8 | Int(stage.rawValue)
    }

    /// The flight is over; what gathered goes next.
    mutating func land() {
        flight = gathered
        gathered = []
        stage = flight.isEmpty ? .none : .departed
    }
}
