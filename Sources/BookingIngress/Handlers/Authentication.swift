import BookingDomain
import HTTPTypes
import Hummingbird

/// Who asks, by the token in the header `Authorization`.
struct Authentication: Sendable {
    let tokens: SessionTokens
    let now: @Sendable () -> Instant

    /// Whose token this is.
    func principal(of token: String) throws(Refusal) -> Principal {
        try tokens.verify(token, at: now())
    }

    /// Changes whenever a session may have been ended.
    var endings: UInt64 { tokens.endings }

    /// Refuses a request whose session ended during its wait.
    func check(_ principal: Principal, since endings: UInt64) throws(Refusal) {
        guard !tokens.isOver(principal, at: now(), since: endings) else { throw .expiredToken }
    }

    /// The user who asks, or nobody; refuses a token that is not right even where none is needed.
    func principalIfAny(of request: Request) throws(Refusal) -> Principal? {
        let authorization = SingleField(request.headers[values: .authorization])
        guard let token = try Self.token(in: authorization) else { return nil }
        return try principal(of: token)
    }

    /// The token in the header `Authorization`, if that is there.
    static func token(in authorization: SingleField) throws(Refusal) -> String? {
        guard let value = authorization.first else { return nil }
        // By bytes: a token is hundreds of characters long.
        let scheme = value.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard !authorization.isRepeated, scheme.endIndex < value.endIndex,
            String(scheme)?.lowercased() == "bearer"
        else { throw Refusal.invalidToken }
        return String(Substring(value.utf8[value.utf8.index(after: scheme.endIndex)...]))
    }
}
