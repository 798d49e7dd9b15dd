import BookingDomain

/// All that became of a booking, by its event's log.
struct Course: Sendable {
    /// Where it stood from a sequence on.
    struct State: Hashable, Sendable {
        let sequence: Int64
        let status: BookingStatus
        let reason: Reason?
        let hold: Hold?
    }

    let key: BookingKey
    let basket: Basket?
    let flags: BookingID.Flags
    let acceptedAt: Instant?
    let decidedAt: Instant
    /// In the order of the line; the first is how it was made.
    private(set) var states: [State]

    init(
        _ entry: Entry, basket: Basket?, flags: BookingID.Flags, _ status: BookingStatus,
        _ reason: Reason?, _ hold: Hold?
    ) {
        key = BookingKey(bits: entry.command.bits)
        self.basket = basket
        self.flags = flags
        acceptedAt = entry.acceptedAt
        decidedAt = entry.at
        states = [
            State(sequence: entry.sequence, status: status, reason: reason, hold: hold)
        ]
    }

    /// Where it was made.
    var first: State { states[0] }
    /// Where it stands.
    var last: State { states[states.count - 1] }

    mutating func append(_ state: State) { states.append(state) }

    /// The state that it came to at `sequence`, if it changed there.
    func state(asOf sequence: Int64) -> State? { states.first { $0.sequence == sequence } }
}
