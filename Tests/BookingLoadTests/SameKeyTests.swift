import Testing

@testable import BookingLoad

/// What many uses of one key came to, spoiled in one way.
struct SameKeyFault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let seenBy: Set<Check>
    let spoil: @Sendable (inout SameKeyEvidence) -> Void

    init(
        _ description: String, seenBy: Set<Check>,
        spoil: @escaping @Sendable (inout SameKeyEvidence) -> Void
    ) {
        testDescription = description
        self.seenBy = seenBy
        self.spoil = spoil
    }
}

@Suite("What a drill sees in one key used many times")
struct SameKeyTests {
    private static func items(_ quantity: Int) -> [BookingDocument.Item] {
        [BookingDocument.Item(ticketTypeId: "type-1", quantity: quantity)]
    }

    private static func booking(_ id: String, quantity: Int, sequence: Int) -> BookingDocument {
        BookingDocument(
            id: id, status: "confirmed", items: items(quantity), sequence: sequence)
    }

    private static func record(
        _ outcome: SubmissionOutcome, quantity: Int, ids: [String]
    ) -> SubmissionRecord {
        SubmissionRecord(
            buyer: 1, items: items(quantity), sentAt: .zero, acceptedAt: .zero, outcomeAt: .zero,
            outcome: outcome, ids: ids)
    }

    private static let reused = SubmissionOutcome.refused(
        status: 422, slug: "idempotency-key-reused")
    private static let reusedLater = SubmissionOutcome.lost(
        id: "rival-1", seen: "422 idempotency-key-reused")

    static let clean = SameKeyEvidence(
        copies: Array(
            repeating: record(
                .decided(booking("same", quantity: 1, sequence: 1)), quantity: 1, ids: ["same"]),
            count: 6),
        otherBody: record(reused, quantity: 2, ids: []),
        rivals: [
            record(
                .decided(booking("rival-2", quantity: 2, sequence: 2)), quantity: 2,
                ids: ["rival-2"]),
            record(reusedLater, quantity: 1, ids: ["rival-1"]),
            record(reused, quantity: 1, ids: []),
        ],
        line: [
            booking("same", quantity: 1, sequence: 1), booking("rival-2", quantity: 2, sequence: 2),
        ])

    private func failed(_ evidence: SameKeyEvidence) -> Set<Check> {
        Set(RoundChecker.verdicts(on: evidence).filter { !$0.holds }.map(\.check))
    }

    @Test("A clean run passes, with 422 on submission or on the status resource")
    func clean() {
        #expect(failed(Self.clean) == [])
    }

    @Test("A fault is seen, by just the checks it concerns", arguments: Self.faults)
    func fault(_ fault: SameKeyFault) {
        var evidence = Self.clean
        fault.spoil(&evidence)
        #expect(failed(evidence) == fault.seenBy)
    }

    static let faults = [
        SameKeyFault("a second id", seenBy: [.oneIDPerKey]) {
            $0.copies[3] = record($0.copies[0].outcome, quantity: 1, ids: ["same", "other"])
        },
        SameKeyFault("a second booking", seenBy: [.oneIDPerKey, .listedOnce, .answersAgree]) {
            let second = booking("second", quantity: 1, sequence: 3)
            $0.copies[3] = record(.decided(second), quantity: 1, ids: ["second"])
            $0.line.append(second)
        },
        SameKeyFault("one copy told otherwise", seenBy: [.answersAgree]) {
            $0.copies[5] = record(
                .lost(id: "same", seen: "404 not-found"), quantity: 1, ids: ["same"])
        },
        SameKeyFault("no row", seenBy: [.listedOnce, .answersAgree]) { $0.line.removeFirst() },
        SameKeyFault("the other body taken", seenBy: [.otherBodyRefused, .listedOnce]) {
            let other = booking("other", quantity: 2, sequence: 3)
            $0.otherBody = record(.decided(other), quantity: 2, ids: ["other"])
            $0.line.append(other)
        },
        SameKeyFault("the other body refused for another reason", seenBy: [.otherBodyRefused]) {
            $0.otherBody = record(
                .refused(status: 409, slug: "conflict"), quantity: 2, ids: [])
        },
        SameKeyFault("both rivals taken", seenBy: [.otherBodyRefused, .listedOnce]) {
            let second = booking("rival-1", quantity: 1, sequence: 3)
            $0.rivals[1] = record(.decided(second), quantity: 1, ids: ["rival-1"])
            $0.line.append(second)
        },
        SameKeyFault("neither rival taken", seenBy: [.otherBodyRefused, .listedOnce]) {
            $0.rivals[0] = record(reused, quantity: 2, ids: [])
            $0.line.removeLast()
        },
    ]
}
