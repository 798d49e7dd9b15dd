import BookingDomain
import Foundation
import Testing

/// `schemas/log/entry.v1.md` is what others read the log by.
@Suite struct FormatDescriptionTests {
    private let text: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        text = try String(
            contentsOf: root.appending(path: "schemas/log/entry.v1.md"), encoding: .utf8)
    }

    @Test("The example page in the description is read as what stands beside its bytes")
    func example() throws {
        let block = try #require(text.components(separatedBy: "```").dropFirst().first)
        // Each row is bytes, then two spaces and what they are.
        let digits = block.split(separator: "\n").map { row in
            row.drop { $0 == " " }.components(separatedBy: "  ").first ?? ""
        }
        let key = BookingKey(bits: 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)
        let page = LogPage(
            event: Fixture.event, firstSequence: 1, count: 2, at: Fixture.now,
            bytes: bytes(digits.joined()))
        let entries = try #require(page.entries)
        #expect(
            entries.map(\.body) == [
                .book(.of([1: 2, 7: 1]), holding: false, .confirmed),
                .change(.cancel, of: key, .applied(nil)),
            ])
        #expect(entries.map(\.command.description).first == key.description)
        #expect(entries.allSatisfy { $0.at == Fixture.now })
        #expect(
            entries.allSatisfy {
                $0.acceptedAt == Fixture.now.advanced(by: .milliseconds(-250))
            })
        #expect(LogPage(entries, of: Fixture.event) == page)
    }

    @Test("The description has a row for every kind, result and flag that is written")
    func tables() {
        for code in Sample.all.map({ bytes($0.hex.prefix(8)) }) {
            #expect(firstColumn("kind").contains(Int(code[1])))
            #expect(firstColumn("result").contains(Int(code[2])))
            for bit in 0..<8 where code[3] & 1 << bit != 0 {
                #expect(firstColumn("flag").contains(1 << bit))
            }
        }
    }

    /// The numbers that the table of that name describes.
    private func firstColumn(_ name: String) -> [Int] {
        text.components(separatedBy: "\n| \(name) |").dropFirst().first?
            .components(separatedBy: "\n\n").first?.split(separator: "\n")
            .compactMap { row in
                row.split(separator: "|").first.flatMap { Int($0.filter { $0 != " " }) }
            } ?? []
    }
}
