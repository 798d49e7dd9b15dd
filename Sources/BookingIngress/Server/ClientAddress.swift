import NIOCore

/// The network address that a request comes from, as far as limits tell clients apart.
///
/// An IPv4 address, or the first 64 bits of an IPv6 address: whoever has one IPv6 address has the whole
/// network. An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
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

    /// An IPv4 address.
    init(ipv4 address: UInt32) { self.init(high: 0, low: UInt64(address)) }

    /// An IPv6 address, or the IPv4 address inside.
    init(ipv6High high: UInt64, low: UInt64) {
        // ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
        if high == 0, low >> 32 == 0xffff {
            self.init(ipv4: UInt32(truncatingIfNeeded: low))
        } else {
            self.init(high: high, low: UInt64.max)
        }
    }

    /// The address of a socket; ``unknown`` for one without an IP address.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address)?:
            let bits = withUnsafeBytes(of: address.address) { bytes in
                bytes.loadUnaligned(fromByteOffset: Self.ipv4Offset, as: UInt32.self)
            }
            self.init(ipv4: UInt32(bigEndian: bits))
        case .v6(let address)?:
            let (high, low) = withUnsafeBytes(of: address.address) { bytes in
                (
                    bytes.loadUnaligned(fromByteOffset: Self.ipv6Offset, as: UInt64.self),
                    bytes.loadUnaligned(fromByteOffset: Self.ipv6Offset + 8, as: UInt64.self)
                )
            }
            self.init(ipv6High: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
        case .unixDomainSocket?, nil:
            self = .unknown
        }
    }

    /// Where the address lies in a `sockaddr_in`, behind family and port.
    private static let ipv4Offset = 4
    /// Where the address lies in a `sockaddr_in6`, behind family, port and flow.
    private static let ipv6Offset = 8
}
