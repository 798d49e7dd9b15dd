package import BookingDomain

/// A session of a user: what a token stands for.
package struct SessionID: UUIDIdentifier {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }
}

/// That one session, or most of an account's, ended before its time.
package struct SessionRevocation: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        /// The session was signed out of.
        case session(SessionID)
        /// The account's password was changed: the sessions of generations before `generation` are over, but
        /// for the one that changed it. So are those without a generation that were made before that time.
        case account(UserID, generation: Int, madeBefore: Instant, sparing: SessionID?)
    }

    package let subject: Subject
    /// When the sessions would have ended anyway.
    package let expiresAt: Instant

    package init(_ subject: Subject, expiresAt: Instant) {
        self.subject = subject
        self.expiresAt = expiresAt
    }
}

/// How far the revocations have been read: up to the transactions that were still running then.
package struct RevocationMark: Hashable, Sendable {
    /// A transaction's number, as the server writes it.
    let transaction: String

    package init(transaction: String) { self.transaction = transaction }
}
