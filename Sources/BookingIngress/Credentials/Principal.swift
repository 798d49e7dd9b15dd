import BookingDomain

/// Who asks: what a verified token says of its bearer.
struct Principal: Hashable, Sendable {
    let user: UserID
    let role: UserRole
    /// When the token ends.
    let expiresAt: Instant

    init(user: UserID, role: UserRole, expiresAt: Instant) {
        self.user = user
        self.role = role
        self.expiresAt = expiresAt
    }
}
