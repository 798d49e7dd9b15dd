import NIOCore
import NIOHTTP1

/// The other end of a connection: a client, or a proxy that says for whom it asks.
struct Peer: Sendable {
    /// The address of the connection itself.
    let address: ClientAddress
    /// Set when the word of this peer about its clients is taken.
    private let proxy: (address: IPAddress, trusted: TrustedProxies)?

    init(_ address: SocketAddress?, trusting proxies: TrustedProxies) {
        let ip = IPAddress(address)
        self.address = ip.map { ClientAddress($0) } ?? .unknown
        proxy = ip.flatMap { proxies.contains($0) ? ($0, proxies) : nil }
    }

    /// Whether it asks for others, so that its connections are not counted as one client's.
    var isTrustedProxy: Bool { proxy != nil }

    /// The client of a request.
    ///
    /// Two fields that name different clients are refused: one of them may be the client's own.
    func client(of headers: HTTPHeaders) throws(HTTPRefusal) -> ClientAddress {
        guard let proxy else { return address }
        let forwarded = headers["forwarded"]
        let others = headers["x-forwarded-for"]
        let named = [
            forwarded.isEmpty ? nil : ForwardingPath(forwarded: forwarded),
            others.isEmpty ? nil : ForwardingPath(addresses: others),
        ].compactMap { $0?.client(behind: proxy.address, trusting: proxy.trusted) }
        guard let first = named.first else { return address }
        guard named.allSatisfy({ $0 == first }) else { throw .ambiguousClient }
        return ClientAddress(first)
    }
}
