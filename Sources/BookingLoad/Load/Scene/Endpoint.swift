/// Where an ingress listens: the host and port of a URL like `http://127.0.0.1:8080`.
struct Endpoint: Hashable, Sendable {
    /// A name or an address, without the brackets of IPv6.
    let host: String
    let port: Int
    /// What goes into the `Host` header.
    let authority: String

    /// Takes a URL of plain HTTP with nothing behind the port but a slash; `nil` for all others.
    init?(_ url: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else { return nil }
        var rest = url.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        authority = String(rest)
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        guard !host.isEmpty else { return nil }
        guard !rest.isEmpty else {
            port = 80
            return
        }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        self.port = Int(port)
    }
}
