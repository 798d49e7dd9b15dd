/// Something asked of an event.
package enum Command: Hashable, Sendable {
    case book(BookCommand)
    /// A command that could not be read, but whose booking key could: it fails for good, in its place
    /// in the line.
    case undecodable(UndecodableCommand)

    package var key: BookingKey {
        switch self {
        case .book(let command): command.key
        case .undecodable(let command): command.key
        }
    }

    /// Who asks for it, if that could be read.
    package var user: UserID? {
        switch self {
        case .book(let command): command.user
        case .undecodable(let command): command.user
        }
    }
}

/// The wish of a user to book a basket.
package struct BookCommand: Hashable, Sendable {
    package let key: BookingKey
    package let user: UserID
    package let basket: Basket
    /// When the ingress accepted it.
    package let submittedAt: Instant

    package init(key: BookingKey, user: UserID, basket: Basket, submittedAt: Instant) {
        self.key = key
        self.user = user
        self.basket = basket
        self.submittedAt = submittedAt
    }
}

/// What can still be told of a command that could not be read.
package struct UndecodableCommand: Hashable, Sendable {
    package let key: BookingKey
    package let user: UserID?

    package init(key: BookingKey, user: UserID?) {
        self.key = key
        self.user = user
    }
}
