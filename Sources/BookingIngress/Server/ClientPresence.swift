/// Whether the client of a request still waits for its answer.
///
/// What waits on behalf of a request asks to be told when the client leaves, ends its wait then and
/// answers with what is known; the work of the request itself is not cancelled.
final class ClientPresence: Sendable {
    private let left = OneShot<Void>()

    /// The client will not read the answer, or sends nothing any more: waits end.
    func leave() { left.answer(()) }

    /// Calls `body` once the client leaves, at once if it has; at most one may ask.
    func whenGone(_ body: @escaping @Sendable () -> Void) { left.then(body) }
}
