package import NIOHTTP1

import FoundationEssentials

/// One HTTP answer of the API, read whole.
package struct Answer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: [UInt8]

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The pause the server asks for; `nil` without a `Retry-After` of whole seconds.
    package var retryAfter: Duration? {
        headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }
    }

    /// The body as `type`; throws ``LoadError`` when it is something else.
    package func decode<Document: Decodable>(
        _ type: Document.Type = Document.self
    ) throws(LoadError) -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw LoadError(
                code: .unreadable, detail: "\(summary), which is no \(type): \(error)")
        }
    }

    /// The last part of the problem's `type`, like `sold-out`; "none" where there is no problem.
    package var slug: String {
        guard let problem = try? decode(ProblemDocument.self) else { return "none" }
        return problem.type.split(separator: "/").last.map(String.init) ?? "none"
    }

    /// Status and the beginning of the body, for a report.
    package var summary: String {
        let text = String(decoding: body.prefix(300), as: UTF8.self)
        return body.isEmpty ? "\(status)" : "\(status) \(text)"
    }
}

/// What went wrong between this client and the API.
package struct LoadError: Error, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The configuration asks for something that cannot be done.
        case configuration
        /// No answer came: the connection failed, or the time was up.
        case unreachable
        /// An answer came that a client of the API cannot read.
        case unreadable
        /// It was ended before its time.
        case stopped
        /// The API refused a call the drill cannot do without.
        case refused
    }

    package let code: Code
    package let detail: String

    package init(code: Code, detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
