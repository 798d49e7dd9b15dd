/// The networks whose word about a client's address is taken.
package struct TrustedProxies: Hashable, Sendable {
    /// A network, `192.0.2.0/24` or `2001:db8::/32`; an address alone is a network of one.
    private struct Network: Hashable {
        let address: IPAddress
        let prefixBits: Int

        init?(_ text: Substring) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
            var bits = address.width
            if parts.count == 2 {
                guard parts[1].utf8.allSatisfy(ASCII.isDigit), let given = Int(parts[1]),
                    (0...address.width).contains(given)
                else { return nil }
                bits = given
            }
            self.address = address
            prefixBits = bits
        }

        func contains(_ other: IPAddress) -> Bool {
            guard other.isIPv4 == address.isIPv4 else { return false }
            // IPv4 addresses lie in the lower 32 bits of the lower half.
            let bits = address.isIPv4 ? 96 + prefixBits : prefixBits
            return Self.agree(address.high, other.high, in: min(bits, 64))
                && Self.agree(address.low, other.low, in: max(bits - 64, 0))
        }

        /// Whether the first bits are the same.
        ///
        /// A shift by as many bits as there are gives 0.
        private static func agree(_ one: UInt64, _ other: UInt64, in bits: Int) -> Bool {
            (one ^ other) >> (64 - UInt64(bits)) == 0
        }
    }

    private let networks: [Network]

    /// Nobody's word is taken.
    package static let none = TrustedProxies(networks: [])

    private init(networks: [Network]) { self.networks = networks }

    /// Reads addresses and networks with commas between them; `nil` when one is neither.
    package init?(_ text: String) {
        var networks: [Network] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let network = Network(part.utf8.trimmingBlanks) else { return nil }
            networks.append(network)
        }
        self.init(networks: networks)
    }

    func contains(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }
}
