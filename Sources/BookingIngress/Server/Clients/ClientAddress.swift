import NIOCore

/// The network address that a request comes from, as far as limits tell clients apart.
///
/// An IPv4 address, or the first 64 bits of an IPv6 address: whoever has one IPv6 address has the whole
/// network.
struct ClientAddress: Hashable, Sendable {
    /// The address as a number, with room for either kind: IPv4 addresses are below 2^32, networks of IPv6
    /// have their bits at the top.
    private let high: UInt64
    private let low: UInt64

    /// An address that is not known: all of these count as one client.
    static let unknown = ClientAddress(high: 0, low: 0)

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ address: IPAddress) {
        self.init(high: address.high, low: address.isIPv4 ? address.low : UInt64.max)
    }

    /// An IPv4 address.
    init(ipv4 address: UInt32) { self.init(IPAddress(ipv4: address)) }

    /// An IPv6 address, or the IPv4 address inside.
    init(ipv6High high: UInt64, low: UInt64) { self.init(IPAddress(ipv6High: high, low: low)) }

    /// The address as a number.
    var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }

    /// The address of a socket; ``unknown`` for one without an IP address.
    init(_ address: SocketAddress?) {
        self = IPAddress(address).map { ClientAddress($0) } ?? .unknown
    }
}
