import HTTPTypes
import ProblemDetails

/// The query of a request, as its parameters are asked for: those that nobody asks for are refused.
struct QueryReader: Sendable {
    /// The most parameters there may be; no call knows as many.
    static let parametersMax = 16
    /// The most characters of a name that an answer repeats.
    private static let shownMax = 64

    private let parameters: [(name: String, value: String)]
    private var asked: Set<String> = []

    /// Reads a query as forms are written (`application/x-www-form-urlencoded`); a parameter may stand in it
    /// once.
    init(_ query: String?) throws(Problem) {
        let parts = (query ?? "").split(separator: "&", maxSplits: Self.parametersMax)
        guard parts.count <= Self.parametersMax else {
            throw Problem(
                .badRequest, "invalid-parameter",
                "There are more than \(Self.parametersMax) query parameters.")
        }
        var parameters: [(name: String, value: String)] = []
        for part in parts {
            let name = part.prefix { $0 != "=" }
            let value = part[name.endIndex...].dropFirst()
            guard let name = Self.decoded(name), let value = Self.decoded(value) else {
                throw Problem(
                    .badRequest, "invalid-parameter", "A query parameter is not UTF-8.")
            }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw Problem(
                    .badRequest, "invalid-parameter",
                    "The parameter \(name.prefix(Self.shownMax)) is given twice.")
            }
            parameters.append((name, value))
        }
        self.parameters = parameters
    }

    /// The value of the parameter with that name.
    subscript(name: String) -> String? {
        mutating get {
            asked.insert(name)
            return parameters.first { $0.name == name }?.value
        }
    }

    /// Refuses a parameter that nobody has asked for.
    func finish() throws(Problem) {
        for parameter in parameters where !asked.contains(parameter.name) {
            throw Problem(
                .badRequest, "unknown-parameter",
                "The parameter \(parameter.name.prefix(Self.shownMax)) is not known here.")
        }
    }

    /// The text that is written so; `nil` when it is no UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(ASCII.space)
            case ASCII.percent:
                guard let high = rest.popFirst().flatMap(ASCII.hexValue),
                    let low = rest.popFirst().flatMap(ASCII.hexValue)
                else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// What the query of a call says.
protocol QueryParameters: Sendable {
    init(_ query: inout QueryReader) throws(Problem)
}

/// A call whose query says nothing.
struct NoParameters: QueryParameters {
    init(_ query: inout QueryReader) {}
}

extension QueryParameters {
    /// Reads a whole query.
    init(query: String?) throws(Problem) {
        var reader = try QueryReader(query)
        try self.init(&reader)
        try reader.finish()
    }
}
