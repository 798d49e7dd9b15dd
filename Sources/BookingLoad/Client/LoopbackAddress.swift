/// The addresses that clients on this machine come from, so that a server on it sees many of them.
///
/// The limits of one address are those of an office; whoever stands for thousands of clients needs more. All of
/// 127.0.0.0/8 is this machine (RFC 6890).
enum LoopbackAddress {
    /// How many addresses there are.
    static let count = 250 * 250

    /// The address of client `number`, to a server at `host`; `nil` when that is not on the loopback of IPv4.
    static func text(_ number: Int, to host: some StringProtocol) -> String? {
        guard host.hasPrefix("127.") else { return nil }
        let place = ((number % count) + count) % count
        return "127.77.\(place / 250 + 1).\(place % 250 + 1)"
    }
}
