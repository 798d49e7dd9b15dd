/// What a command asks for, in a scenario with holds.
///
/// There are two bookings: A, and B, which takes the unit if A lapses.
package enum Request: Hashable, Sendable, CaseIterable {
    case hold(Int)
    case confirm(Int)
    case extend(Int)
    case cancel(Int)

    package static var allCases: [Request] {
        (0..<Bookings.countMax).flatMap { [.hold($0), .confirm($0), .extend($0), .cancel($0)] }
    }

    /// The request that has this description.
    package init?(_ text: String) {
        guard let request = Self.allCases.first(where: { $0.description == text }) else {
            return nil
        }
        self = request
    }

    var booking: Int {
        switch self {
        case .hold(let booking), .confirm(let booking), .extend(let booking),
            .cancel(let booking):
            booking
        }
    }
}

extension Request: CustomStringConvertible {
    package var description: String {
        switch self {
        case .hold(let booking): "hold \(Bookings.names[booking])"
        case .confirm(let booking): "confirm \(Bookings.names[booking])"
        case .extend(let booking): "extend \(Bookings.names[booking])"
        case .cancel(let booking): "cancel \(Bookings.names[booking])"
        }
    }
}
