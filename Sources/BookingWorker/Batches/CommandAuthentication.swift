import BookingBroker
package import BookingKeys

/// How a worker takes messages: whether it believes that they are from one of us, and what it cannot read.
package struct MessageAcceptance: Sendable {
    /// What to do with messages that only another version can read.
    package var unknown: UnknownMessagePolicy
    /// What messages are verified with; without it, whatever they carry says nothing.
    package var authenticator: CommandAuthenticator?
    package var authentication: CommandAuthentication

    package init(
        unknown: UnknownMessagePolicy = .park, authenticator: CommandAuthenticator? = nil,
        authentication: CommandAuthentication = .accept
    ) {
        self.unknown = unknown
        self.authenticator = authenticator
        self.authentication = authentication
    }

    /// What a message is, by the code it carries.
    func authenticity(of message: QueuedMessage) -> Authenticity {
        guard let code = message.code else { return .absent }
        guard let authenticator else { return .unverified }
        let isValid = authenticator.isValid(
            code, type: message.type, event: message.event, body: message.body)
        return isValid ? .verified : .forged
    }

    /// Why a message must not decide anything; `nil` when it may.
    func objection(to authenticity: Authenticity) -> String? {
        switch (authenticity, authentication) {
        case (.verified, _), (.unverified, .accept), (.absent, .accept): nil
        case (.forged, _): DeadLetter.forged
        case (.absent, .require), (.unverified, .require): DeadLetter.unauthenticated
        }
    }
}

/// Whether messages must carry a code.
package enum CommandAuthentication: String, Sendable, CaseIterable {
    /// Messages without a code are taken, too: while there are programs that give them none.
    case accept
    case require
}

/// Whether a message is from one of us.
enum Authenticity: Hashable, Sendable {
    /// One of the secrets made its code.
    case verified
    /// It has a code, and the worker has no secret.
    case unverified
    /// It has no code.
    case absent
    /// None of the secrets made its code.
    case forged
}
