import Foundation

/// A release of the program, and what it wrote: messages, ids, rows and statements, in `Tests/Golden`.
///
/// Later versions must read all of it. `BOXOFFICE_TEST_GOLDEN_RECORD=N` has the tests write what this version
/// writes into the folder of release N, which must exist.
package struct GoldenRelease: Sendable, CustomStringConvertible {
    package let number: Int

    package var description: String { "release \(number)" }

    /// All releases, oldest first.
    package static let all: [GoldenRelease] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { Int($0) }.sorted().map { GoldenRelease(number: $0) }
    }()

    /// The release that is being recorded, if one is.
    package static let recorded: GoldenRelease? = ProcessInfo.processInfo
        .environment["BOXOFFICE_TEST_GOLDEN_RECORD"].flatMap { Int($0) }
        .map { GoldenRelease(number: $0) }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Golden")

    private func file(_ name: String) -> URL {
        Self.folder.appending(path: "\(number)").appending(path: name)
    }

    package func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: file(name)))
    }

    package func value<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: file(name)))
    }

    package func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: file(name))
    }

    package func write(_ value: some Encodable, to name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(value) + Data("\n".utf8)).write(to: file(name))
    }
}
