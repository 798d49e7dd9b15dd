import Foundation
import HTTPTypes
import NIOHTTP1
import Testing

@testable import BookingIngress

/// Which methods each path knows: what is there is answered, or refused with what is allowed; anything else is
/// nowhere, whatever the method.
struct RoutingTests {
    private static let event = "019a0000-0000-7000-8000-000000000000"
    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
    ]

    /// Each path of the API, and what is allowed there.
    private static let paths: [(path: String, allowed: Set<String>)] = [
        ("/v1/users", ["POST"]),
        ("/v1/users/me", ["GET", "HEAD", "PATCH", "DELETE"]),
        ("/v1/users/me/bookings", ["GET", "HEAD"]),
        ("/v1/sessions", ["POST"]),
        ("/v1/sessions/current", ["DELETE"]),
        ("/v1/events", ["GET", "HEAD", "POST"]),
        ("/v1/events/\(event)", ["GET", "HEAD"]),
        ("/v1/events/\(event)/bookings", ["GET", "HEAD", "POST"]),
        ("/v1/bookings/AAAA", ["GET", "HEAD", "DELETE"]),
        ("/v1/bookings/AAAA/confirmation", ["POST"]), ("/v1/bookings/AAAA/extension", ["POST"]),
        ("/v1/bookings/AAAA/changes/AAAA", ["GET", "HEAD"]),
        ("/problems/sold-out", ["GET", "HEAD"]),
    ]

    @Test("a path of the API refuses other methods, and tells which it allows")
    func otherMethods() async throws {
        try await TestIngress.with { ingress in
            for (path, allowed) in Self.paths {
                for method in Self.methods {
                    let answer = try await ingress.client.send(try Self.method(method), path)
                    guard !allowed.contains(method) else {
                        #expect(answer.status != 405, "\(method) \(path)")
                        continue
                    }
                    #expect(answer.status == 405, "\(method) \(path)")
                    let names = answer.header("allow")?.split(separator: ", ").map(String.init)
                    #expect(Set(names ?? []) == allowed, "\(method) \(path)")
                    #expect(method == "HEAD" || answer.slug == "method-not-allowed")
                }
            }
        }
    }

    /// Other ways to write those paths, and paths that there are not.
    private static let otherPaths = [
        "/", "/v1", "/v1/", "/v2/events", "/v1/event", "/V1/events", "/v1/Events",
        "//v1/events", "/v1//events", "//v1//events", "/v1/events/", "/v1/events//",
        "/v1/./events", "/./v1/events", "/v1/events/.", "/v1/events/..", "/v1/x/../events",
        "/v1/%2e/events", "/v1/%2E%2e/v1/events", "/v1/x/%2e%2e/events", "/v1/.%2e/events",
        "/v1%2Fevents", "/v1%2fevents", "/v1/events%2F", "/v1/events%20", "/v1/events;a=b",
        "/v1/events/\(event)/", "/v1/events/\(event)//bookings",
        "/v1/events/\(event)/bookings/", "/v1/events//bookings", "/v1/events/./bookings",
        "/v1/bookings", "/v1/bookings/", "/v1/bookings/.", "/v1/bookings/AAAA/",
        "/v1/users/you", "/v1/users/me/", "/v1/sessions/current/", "/v1/sessions/current/x",
        "/problems", "/problems/", "/problems/none/x", "/livez", "/metrics", "/index.html",
        "/.well-known/security.txt",
    ]

    @Test("a path is written in one way; written otherwise it is nowhere, whatever the method")
    func nowhere() async throws {
        try await TestIngress.with { ingress in
            for path in Self.otherPaths {
                for method in Self.methods {
                    // A client library might mend such paths: these bytes are sent as they are.
                    let answer = try await ingress.raw(
                        "\(method) \(path) HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                    #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(method) \(path): \(answer)")
                    #expect(!answer.lowercased().contains("\r\nallow:"))
                    #expect(method == "HEAD" || answer.contains("\"/problems/not-found\""))
                }
            }
        }
    }

    @Test("characters that need not be encoded are what they stand for")
    func encodedLetters() async throws {
        try await TestIngress.with { ingress in
            let answer = try await ingress.raw(
                "GET /%76%31/events HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    private static func method(_ name: String) throws -> HTTPRequest.Method {
        try #require(HTTPRequest.Method(name))
    }
}
