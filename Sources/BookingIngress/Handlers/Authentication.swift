import BookingDomain
import HTTPTypes
import Hummingbird

/// Who asks, by the token in the header `Authorization`.
struct Authentication: Sendable {
    let tokens: SessionTokens
    let now: @Sendable () -> Instant

    /// Whose token this is, when that need not be found out first; `nil` says nothing.
    func principalAtHand(of token: String) -> Principal? { tokens.verified(token, at: now()) }

    /// Calls `completion` with whose token this is.
    ///
    /// That takes a task, for the library verifies signatures in an actor; it waits for nothing, and so ends
    /// soon by itself.
    func verify(
        _ token: String, on executor: EventLoopExecutor,
        completion: @escaping @Sendable (Result<Principal, Refusal>) -> Void
    ) {
        Task(executorPreference: executor) {
            let result: Result<Principal, Refusal>
            do throws(Refusal) {
                result = .success(try await tokens.verify(token, at: now()))
            } catch { result = .failure(error) }
            completion(result)
        }
    }

    /// Whoever asks, or nobody; refuses a token that is not right even where none is needed.
    func principalIfAny(of request: Request) async throws(Refusal) -> Principal? {
        let authorization = SingleField(request.headers[values: .authorization])
        guard let token = try Self.token(in: authorization) else { return nil }
        return try await tokens.verify(token, at: now())
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
