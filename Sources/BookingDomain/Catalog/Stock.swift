/// The count of a ticket type's places: `available + held + confirmed = capacity`, always.
package struct Stock: Hashable, Sendable {
    package let capacity: Int
    package private(set) var available: Int
    package private(set) var held: Int
    package private(set) var confirmed: Int

    /// A fresh stock: everything is available.
    package init(capacity: Int) {
        self.capacity = capacity
        available = capacity
        held = 0
        confirmed = 0
    }

    /// A stock as it was stored; `nil` when the parts do not add up to the capacity.
    package init?(capacity: Int, available: Int, held: Int, confirmed: Int) {
        // Each on its own first: three large ones have no sum.
        let range = 0...BookingLimits.capacityMax
        guard [available, held, confirmed].allSatisfy(range.contains),
            available + held + confirmed == capacity
        else { return nil }
        self.capacity = capacity
        self.available = available
        self.held = held
        self.confirmed = confirmed
    }

    func has(_ quantity: Quantity) -> Bool { available >= quantity.rawValue }

    /// Takes what is available.
    mutating func take(_ quantity: Quantity, holding: Bool) {
        available -= quantity.rawValue
        if holding { held += quantity.rawValue } else { confirmed += quantity.rawValue }
    }

    /// Confirms what is held.
    mutating func confirm(_ quantity: Quantity) {
        held -= quantity.rawValue
        confirmed += quantity.rawValue
    }

    /// Gives back what is held, or confirmed.
    mutating func giveBack(_ quantity: Quantity, held isHeld: Bool) {
        if isHeld { held -= quantity.rawValue } else { confirmed -= quantity.rawValue }
        available += quantity.rawValue
    }
}
