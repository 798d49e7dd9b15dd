/// What a user may do beyond booking.
package enum UserRole: String, Hashable, Sendable, CaseIterable {
    case attendee, organizer
}

/// Somebody with an account.
package struct User: Hashable, Sendable {
    package let id: UserID
    /// As the user wrote it; compared without regard to how it is written.
    package let email: String
    package let name: String
    package let role: UserRole

    package init(id: UserID, email: String, name: String, role: UserRole) {
        self.id = id
        self.email = email
        self.name = name
        self.role = role
    }
}
