import Foundation
import HTTPTypes
import JSON
import RateLimits
import Testing

@testable import BookingIngress

@Suite("The pages of problems")
struct ProblemPageTests {
    /// All files of a folder of the repository.
    private func texts(_ folder: String) throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let files = FileManager.default.enumerator(
            at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? [])
            .filter { ["swift", "yaml"].contains($0.pathExtension) }
            .map { try String(contentsOf: $0, encoding: .utf8) }
    }

    @Test("A problem that the program can answer with has a page")
    func complete() throws {
        let made =
            /(?:\.\w+,|unauthorized:|retryLater:|: \()\s*"([a-z]+(?:-[a-z]+)*)",/
        var slugs: Set<String> = []
        for folder in ["Sources/BookingIngress", "Sources/ProblemDetails"] {
            for text in try texts(folder) {
                slugs.formUnion(text.matches(of: made).map { String($0.output.1) })
            }
        }
        // Written the same way, but the names of something else.
        slugs.subtract(RateBudget.allCases.map(\.policy.name) + ["preflight"])
        #expect(slugs.count > 30, "\(slugs)")
        #expect(slugs.subtracting(ProblemPages.explanations.keys).sorted() == [])
    }

    @Test("A problem that the API's description names has a page")
    func described() throws {
        let named = /\/problems\/([a-z]+(?:-[a-z]+)*)|`([a-z]+(?:-[a-z]+)+)`:/
        let slugs = try texts("schemas/http").flatMap { text in
            text.matches(of: named).map { String($0.output.1 ?? $0.output.2 ?? "") }
        }
        #expect(slugs.count > 10)
        #expect(Set(slugs).subtracting(ProblemPages.explanations.keys).sorted() == [])
    }

    @Test("The type of an answer leads to its page")
    func pages() async throws {
        try await TestIngress.with { ingress in
            let refused = try await ingress.client.send(.get, "/v1/users/me")
            let type = try #require(refused.json?["type"]?.string)
            let page = try await ingress.client.send(.get, type)
            #expect(page.status == 200)
            #expect(page.header("content-type") == "text/plain; charset=utf-8")
            #expect(page.text.hasPrefix("unauthorized\n\n401: "))
            let none = try await ingress.client.send(.get, "/problems/none")
            #expect(none.status == 404)
            #expect(none.slug == "not-found")
        }
    }
}
