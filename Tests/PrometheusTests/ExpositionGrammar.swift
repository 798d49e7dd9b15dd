import Testing

/// A reader of Prometheus' text format, version 0.0.4, that refuses what its grammar does not allow.
struct Exposition {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct SyntaxError: Error, CustomStringConvertible {
        let line: String
        let reason: String
        var description: String { "\(reason): \(line)" }
    }

    private(set) var kinds: [String: String] = [:]
    private(set) var help: [String: String] = [:]
    private(set) var samples: [Sample] = []
    /// The families in the order they came in.
    private(set) var names: [String] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else {
            throw SyntaxError(line: String(text.suffix(40)), reason: "The last line has no end")
        }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") {
                try readHeader(line)
            } else {
                try readSample(line)
            }
        }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func readHeader(_ line: Substring) throws {
        let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[2].wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil else {
            throw SyntaxError(line: String(line), reason: "Not a HELP or TYPE line")
        }
        let name = String(parts[2])
        switch parts[1] {
        case "HELP":
            guard help.updateValue(String(parts[3]), forKey: name) == nil else {
                throw SyntaxError(line: String(line), reason: "A second HELP line")
            }
        case "TYPE":
            guard ["counter", "gauge", "histogram"].contains(parts[3]) else {
                throw SyntaxError(line: String(line), reason: "An unknown type")
            }
            guard kinds.updateValue(String(parts[3]), forKey: name) == nil else {
                throw SyntaxError(line: String(line), reason: "A second TYPE line")
            }
            names.append(name)
        default: throw SyntaxError(line: String(line), reason: "Not a HELP or TYPE line")
        }
    }

    private mutating func readSample(_ line: Substring) throws {
        var rest = line
        guard let name = rest.prefixMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) else {
            throw SyntaxError(line: String(line), reason: "No metric name")
        }
        rest = rest[name.range.upperBound...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let (label, value) = try Self.readLabel(&rest, in: line)
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw SyntaxError(line: String(line), reason: "A label twice")
                }
            }
            rest.removeFirst()
        }
        guard let value = rest.wholeMatch(of: /\ ([-+]?(?:[0-9][0-9.]*(?:e[-+]?[0-9]+)?|Inf)|NaN)/),
            let number = Double(value.output.1)
        else { throw SyntaxError(line: String(line), reason: "No value") }
        let family = names.last ?? ""
        guard Self.belongs(String(name.output), to: family, kind: kinds[family]) else {
            throw SyntaxError(line: String(line), reason: "Outside of its family")
        }
        let sample = Sample(name: String(name.output), labels: labels, value: number)
        guard !samples.contains(where: { $0.name == sample.name && $0.labels == labels }) else {
            throw SyntaxError(line: String(line), reason: "A series twice")
        }
        samples.append(sample)
    }

    /// Reads `name="value"` and the comma behind it.
    private static func readLabel(
        _ rest: inout Substring, in line: Substring
    ) throws -> (String, String) {
        guard
            let label = rest.prefixMatch(
                of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,(?!})|(?=}))/)
        else { throw SyntaxError(line: String(line), reason: "Not a label") }
        rest = rest[label.range.upperBound...]
        var value = ""
        var escaping = false
        for character in label.output.2.unicodeScalars {
            if escaping {
                value.unicodeScalars.append(character == "n" ? "\n" : character)
                escaping = false
            } else if character == "\\" {
                escaping = true
            } else {
                value.unicodeScalars.append(character)
            }
        }
        return (String(label.output.1), value)
    }

    private static func belongs(_ sample: String, to family: String, kind: String?) -> Bool {
        switch kind {
        case "histogram": ["_bucket", "_sum", "_count"].contains { sample == family + $0 }
        case .some: sample == family
        case nil: false
        }
    }
}
