import BookingDomain
import BookingStore

/// Who asks: what a verified token says of its bearer.
struct Principal: Hashable, Sendable {
    let user: UserID
    let role: UserRole
    /// The session that the token stands for.
    let session: SessionID
    /// The generation of the account's password that was given; `nil` for a token of an older version.
    let generation: Int?
    /// When the token was issued, in whole seconds.
    let issuedAt: Instant
    /// When the token ends.
    let expiresAt: Instant
}
