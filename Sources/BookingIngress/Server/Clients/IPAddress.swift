import NIOCore

/// An address of IPv4 or IPv6.
///
/// An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
struct IPAddress: Hashable, Sendable {
    let isIPv4: Bool
    /// The first 64 bits of an IPv6 address; 0 for IPv4.
    let high: UInt64
    /// The last 64 bits of an IPv6 address, or the 32 bits of an IPv4 address.
    let low: UInt64

    /// How many bits an address of this kind has.
    var width: Int { isIPv4 ? 32 : 128 }

    private init(isIPv4: Bool, high: UInt64, low: UInt64) {
        self.isIPv4 = isIPv4
        self.high = high
        self.low = low
    }

    init(ipv4 address: UInt32) { self.init(isIPv4: true, high: 0, low: UInt64(address)) }

    init(ipv6High high: UInt64, low: UInt64) {
        // ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
        if high == 0, low >> 32 == 0xffff {
            self.init(ipv4: UInt32(truncatingIfNeeded: low))
        } else {
            self.init(isIPv4: false, high: high, low: low)
        }
    }

    /// The address of a socket; `nil` for one without an IP address.
    init?(_ address: SocketAddress?) {
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
            return nil
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without port, brackets or zone.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.textBytesMax,
            text.utf8.allSatisfy({ byte in
                ASCII.hexValue(byte) != nil || byte == ASCII.colon || byte == UInt8(ascii: ".")
            })
        else { return nil }
        self.init(try? SocketAddress(ipAddress: String(text), port: 0))
    }

    /// The longest way to write an address: IPv6 with IPv4 inside.
    private static let textBytesMax = 45
    /// Where the address lies in a `sockaddr_in`, behind family and port.
    private static let ipv4Offset = 4
    /// Where the address lies in a `sockaddr_in6`, behind family, port and flow.
    private static let ipv6Offset = 8
}
