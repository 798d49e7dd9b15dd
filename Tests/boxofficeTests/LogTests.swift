import Foundation
import Logging
import Synchronization
import Testing

@testable import boxoffice

@Suite("The log")
struct LogTests {
    /// A moment known in both of its spellings.
    static let time = LogTime(millisecondsSinceEpoch: 1_769_862_896_789)

    private func logger(
        _ format: LogFormat, to output: any LogOutput, level: Logger.Level = .info,
        inColor: Bool = false
    ) -> Logger {
        Logger(label: "test") { label in
            LineLogHandler(
                label: label, level: level, format: format, inColor: inColor, output: output,
                now: { Self.time })
        }
    }

    @Test("A line of text has time, level, sentence, and metadata in order")
    func text() {
        let output = CollectedOutput()
        var logger = logger(.text, to: output)
        logger[metadataKey: "shard"] = "3"
        logger.info("a batch was committed", metadata: ["size": "17", "at": "x y", "e": ""])
        #expect(
            output.lines == [
                #"2026-01-31T12:34:56.789Z INFO     a batch was committed at="x y" e="" "#
                    + "shard=3 size=17\n"
            ])
    }

    @Test("What is nearest to the call counts")
    func metadataPrecedence() {
        let output = CollectedOutput()
        var logger = logger(.text, to: output)
        logger[metadataKey: "shard"] = "3"
        logger.info("x", metadata: ["shard": "4"])
        #expect(output.lines.first?.hasSuffix(" x shard=4\n") == true)
    }

    @Test(
        "Nothing that is logged can end a line or steer a terminal",
        arguments: ["a\nINFO forged", "\u{1B}[2J", "a\r\nb", "tab\tbed", "quote\" back\\slash"])
    func noForgery(value: String) throws {
        for format in LogFormat.allCases {
            let output = CollectedOutput()
            logger(format, to: output).info("\(value)", metadata: ["value": "\(value)"])
            let line = try #require(output.lines.first)
            #expect(line.last == "\n")
            #expect(
                !line.dropLast().unicodeScalars.contains {
                    $0.properties.generalCategory == .control
                })
        }
    }

    @Test("A line of JSON is one object, whatever it holds")
    func json() throws {
        let output = CollectedOutput()
        logger(.json, to: output).error(
            "it \"failed\"",
            metadata: [
                "list": ["a", "b"], "nested": ["k": "v\n"], "number": .stringConvertible(7),
            ])
        let line = try #require(output.lines.first)
        #expect(line.last == "\n")
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary
        #expect(
            object == [
                "time": "2026-01-31T12:34:56.789Z", "level": "error", "logger": "test",
                "message": "it \"failed\"",
                "metadata": ["list": ["a", "b"], "nested": ["k": "v\n"], "number": "7"],
            ])
    }

    @Test("Without metadata the object has no such member")
    func jsonWithoutMetadata() {
        let output = CollectedOutput()
        logger(.json, to: output).info("x")
        #expect(output.lines.first?.contains("metadata") == false)
    }

    @Test("An error handed to the logger is told with its type")
    func errors() {
        let output = CollectedOutput()
        logger(.text, to: output).warning("it went wrong", error: CommandFailure("boom"))
        #expect(
            output.lines.first?.contains(
                " it went wrong error=boom error.type=boxoffice.CommandFailure") == true)
    }

    @Test("What is below the level is not written")
    func level() {
        let output = CollectedOutput()
        let logger = logger(.text, to: output, level: .warning)
        logger.notice("no")
        logger.warning("yes")
        #expect(output.lines.count == 1)
    }

    @Test("Only the level has a colour, and only when asked")
    func color() {
        let output = CollectedOutput()
        logger(.text, to: output, inColor: true).error("x")
        #expect(
            output.lines == ["2026-01-31T12:34:56.789Z \u{1B}[31mERROR\u{1B}[0m    x\n"])
    }

    @Test(
        "Times are right from year to year",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_798_761_599_001, "2026-12-31T23:59:59.001Z"),
        ])
    func times(milliseconds: Int64, text: String) {
        #expect(LogTime(millisecondsSinceEpoch: milliseconds).description == text)
    }

    @Test("Lines written at once by many stay whole, through a pipe too")
    func wholeLines() async throws {
        let pipe = Pipe()
        let output = DescriptorOutput(pipe.fileHandleForWriting.fileDescriptor)
        let long = String(repeating: "x", count: 20_000)
        async let text = Self.readToEnd(pipe.fileHandleForReading)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    let logger = logger(.json, to: output)
                    for line in 0..<25 {
                        logger.info("\(task)-\(line)", metadata: ["long": "\(long)"])
                    }
                }
            }
        }
        try pipe.fileHandleForWriting.close()
        let lines = try await text.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 100)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            #expect((object?["metadata"] as? [String: String])?["long"] == long)
        }
    }

    /// Reads on a thread of its own, since the writers wait for it.
    private static func readToEnd(_ handle: FileHandle) async throws -> Data {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try handle.readToEnd() ?? Data() })
            }
        }
    }
}

/// An output that keeps its lines.
final class CollectedOutput: LogOutput {
    private let collected = Mutex<[String]>([])

    var lines: [String] { collected.withLock { $0 } }

    func write(_ line: String) { collected.withLock { $0.append(line) } }
}
