/// The hops that a request has come by, as proxies have noted them: the first is the farthest.
struct ForwardingPath: Sendable {
    /// `nil` for a hop that has no address or hides it.
    private let hops: [IPAddress?]

    /// No more of the latest hops are looked at.
    private static let hopsMax = 32

    /// Reads the values of `X-Forwarded-For`.
    init(addresses values: [String]) {
        let all = values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        hops = all.suffix(Self.hopsMax).map { Self.address($0.utf8.trimmingBlanks) }
    }

    /// Reads the values of `Forwarded` (RFC 7239).
    init(forwarded values: [String]) {
        let all = values.flatMap { QuotedText.split($0, at: ASCII.comma) }
        hops = all.suffix(Self.hopsMax).map { element in
            for pair in QuotedText.split(element, at: ASCII.semicolon) {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].isOption("for") else { continue }
                return Self.address(QuotedText.unquoted(parts[1].utf8.trimmingBlanks)[...])
            }
            return nil
        }
    }

    /// The client: the latest hop that is no trusted proxy, or the earliest when all are.
    ///
    /// Behind a hop that nobody knows, the proxy that told of it is the client.
    func client(behind proxy: IPAddress, trusting trusted: TrustedProxies) -> IPAddress {
        var nearest = proxy
        for hop in hops.reversed() {
            guard let hop else { break }
            nearest = hop
            if !trusted.contains(hop) { break }
        }
        return nearest
    }

    /// An address with or without a port; that of IPv6 is in brackets when it has one.
    private static func address(_ text: Substring) -> IPAddress? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if let address = IPAddress(text) { return address }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? IPAddress(parts[0]) : nil
    }
}
