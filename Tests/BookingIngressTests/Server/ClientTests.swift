import NIOCore
import NIOHTTP1
import Testing

@testable import BookingIngress

/// Which client a request counts for.
struct ClientTests {
    @Test(
        "addresses are read, and told from what is none",
        arguments: [
            ("192.0.2.1", true), ("2001:db8::1", true), ("::ffff:192.0.2.1", true), ("::", true),
            ("192.0.2", false), ("192.0.2.256", false), ("2001:db8::1::", false), ("", false),
            ("fe80::1%eth0", false), ("a.example", false), ("192.0.2.1:80", false),
            ("[::1]", false), ("192.0.2.1 ", false),
        ])
    func addresses(text: String, isOne: Bool) {
        #expect((IPAddress(text) != nil) == isOne)
    }

    @Test("one network of IPv6 is one client, and so is an address of IPv4 in whichever form")
    func sameClient() throws {
        func client(_ text: String) throws -> ClientAddress {
            ClientAddress(try #require(IPAddress(text)))
        }
        #expect(try client("2001:db8:0:1::1") == client("2001:db8:0:1:ffff::2"))
        #expect(try client("2001:db8:0:1::1") != client("2001:db8:0:2::1"))
        #expect(try client("::ffff:192.0.2.1") == client("192.0.2.1"))
        #expect(try client("192.0.2.1") != client("192.0.2.2"))
    }

    @Test(
        "a network contains the addresses that begin like it",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.128/25", "192.0.2.127", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::/127", "2001:db8::1", true),
            ("2001:db8::/127", "2001:db8::2", false), ("::/0", "192.0.2.1", false),
            ("192.0.2.9/24,203.0.113.1", "203.0.113.1", true),
            ("192.0.2.9/24, 203.0.113.1", "192.0.2.1", true),
        ])
    func networks(text: String, address: String, isIn: Bool) throws {
        let proxies = try #require(TrustedProxies(text))
        #expect(proxies.contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(
        "what is no list of networks is refused",
        arguments: ["", "a", "192.0.2.1,", "192.0.2.1/33", "::/129", "192.0.2.1/-1", "1.2.3.4/8/8"])
    func noNetworks(text: String) {
        #expect(TrustedProxies(text) == nil)
    }

    /// The proxy asks for the client of the fields; the networks of 10.0.0.0/8 and 2001:db8::/32 are trusted.
    private func client(
        of fields: [(String, String)], from proxy: String = "10.0.0.1"
    ) throws -> ClientAddress {
        let peer = Peer(
            try SocketAddress(ipAddress: proxy, port: 1),
            trusting: try #require(TrustedProxies("10.0.0.0/8,2001:db8::/32")))
        return try peer.client(of: HTTPHeaders(fields))
    }

    @Test(
        "the latest hop that is no trusted proxy is the client",
        arguments: [
            ([("x-forwarded-for", "203.0.113.7")], "203.0.113.7"),
            ([("x-forwarded-for", "198.51.100.1, 203.0.113.7, 10.0.0.2")], "203.0.113.7"),
            (
                [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.7")],
                "203.0.113.7"
            ),
            ([("x-forwarded-for", "203.0.113.7:4711")], "203.0.113.7"),
            ([("x-forwarded-for", "[2001:db9::1]:4711")], "2001:db9::1"),
            ([("x-forwarded-for", "2001:db9::1")], "2001:db9::1"),
            ([("forwarded", #"for="[2001:db9::1]:4711";proto=https"#)], "2001:db9::1"),
            ([("forwarded", "for=198.51.100.1, by=10.0.0.2;For=203.0.113.7")], "203.0.113.7"),
            ([("forwarded", #"for=203.0.113.7;by="a, for=198.51.100.1""#)], "203.0.113.7"),
            // All are trusted: the earliest. Nobody knows whom it asks for: the proxy itself.
            ([("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ([("forwarded", "for=203.0.113.7, for=_hidden, for=10.0.0.2")], "10.0.0.2"),
            ([("forwarded", "for=unknown")], "10.0.0.1"), ([("x-forwarded-for", "")], "10.0.0.1"),
            ([], "10.0.0.1"),
            // Both, as one: some proxies write both.
            (
                [("forwarded", "for=203.0.113.7"), ("x-forwarded-for", "203.0.113.7")],
                "203.0.113.7"
            ),
        ] as [([(String, String)], String)])
    func behindProxies(fields: [(String, String)], expected: String) throws {
        #expect(try client(of: fields) == ClientAddress(try #require(IPAddress(expected))))
    }

    @Test("two fields that name different clients are refused")
    func ambiguous() {
        #expect(throws: HTTPRefusal.ambiguousClient) {
            try client(
                of: [("forwarded", "for=203.0.113.7"), ("x-forwarded-for", "198.51.100.1")])
        }
    }

    @Test("nobody else's word is taken")
    func untrusted() throws {
        let address = try client(of: [("x-forwarded-for", "203.0.113.7")], from: "192.0.2.1")
        #expect(address == ClientAddress(IPAddress(ipv4: 0xc000_0201)))
    }

    @Test("connections are counted by client, those of proxies are not")
    func census() throws {
        let census = ConnectionCensus(connectionsMax: 5, perAddressMax: 2)
        let proxies = try #require(TrustedProxies("10.0.0.1"))
        func peer(_ text: String) throws -> Peer {
            Peer(try SocketAddress(ipAddress: text, port: 1), trusting: proxies)
        }
        let one = try peer("192.0.2.1")
        try census.enter(one)
        try census.enter(one)
        #expect(throws: ConnectionRefusal.tooManyFromAddress) { try census.enter(one) }
        try census.enter(try peer("192.0.2.2"))
        #expect(!census.isCrowded)
        for _ in 0..<3 { try census.enter(try peer("10.0.0.1")) }
        #expect(census.isCrowded)
        census.leave(one)
        census.leave(try peer("10.0.0.1"))
        #expect(!census.isCrowded)
        try census.enter(one)
    }

    @Test("what can be waited for by many is told to few at a time")
    func refusedConnections() {
        let census = ConnectionCensus(connectionsMax: 5, perAddressMax: 2)
        for _ in 0..<ConnectionCensus.refusedMax { #expect(census.enterRefused()) }
        #expect(!census.enterRefused())
        census.leaveRefused()
        #expect(census.enterRefused())
    }
}
