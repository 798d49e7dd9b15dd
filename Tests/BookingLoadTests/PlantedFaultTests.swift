import Testing

@testable import BookingLoad

/// A sale spoiled in one way, and the checks that must see it.
struct PlantedFault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var capacities = [10]
    let seenBy: Set<Check>
    let spoil: @Sendable (inout Sale) -> Void

    init(
        _ description: String, capacities: [Int] = [10], seenBy: Set<Check>,
        spoil: @escaping @Sendable (inout Sale) -> Void
    ) {
        testDescription = description
        self.capacities = capacities
        self.seenBy = seenBy
        self.spoil = spoil
    }
}

@Suite("What a drill sees in a sale")
struct PlantedFaultTests {
    @Test(
        "A clean sale passes every check, and every check has compared something",
        arguments: [[10], [50], [60], [1], [10, 7], [7, 10], [3, 3, 3]])
    func cleanSale(capacities: [Int]) {
        let verdicts = RoundChecker.verdicts(on: Sale(capacities: capacities).evidence)
        #expect(verdicts.filter { !$0.holds }.map(\.check) == [])
        let soldOut = (capacities.min() ?? 0) < 50
        #expect(
            verdicts.filter { $0.compared == 0 }.map(\.check) == (soldOut ? [] : [.notUndersold]))
    }

    @Test("A fault is seen, by just the checks it concerns", arguments: Self.faults)
    func fault(_ fault: PlantedFault) {
        var sale = Sale(capacities: fault.capacities)
        fault.spoil(&sale)
        #expect(sale.failed == fault.seenBy)
    }

    @Test("Every finding says what was expected and what was seen", arguments: Self.faults)
    func findings(_ fault: PlantedFault) {
        var sale = Sale(capacities: fault.capacities)
        fault.spoil(&sale)
        let findings = RoundChecker.verdicts(on: sale.evidence).flatMap(\.findings)
        #expect(!findings.isEmpty)
        #expect(findings.allSatisfy { !$0.expected.isEmpty && !$0.seen.isEmpty })
    }

    @Test("Being refused as sold out at the door is no fault once all is sold")
    func door() {
        var sale = Sale()
        for buyer in 31...50 {
            sale.end(buyer, .refused(status: 409, slug: "sold-out"), ids: [])
        }
        sale.evidence.line.removeLast(20)
        #expect(sale.failed == [])
    }

    static let oversold: [PlantedFault] = [
        PlantedFault(
            "eleven confirmed for ten seats, counter at zero",
            seenBy: [.notOversold, .firstComeFirstServed, .countersAgree]
        ) { $0.confirm(11) },
        PlantedFault(
            "eleven confirmed and the counter below zero",
            seenBy: [.notOversold, .firstComeFirstServed]
        ) {
            $0.confirm(11)
            $0.show(available: -1)
        },
        PlantedFault("a counter that shows a place already sold", seenBy: [.countersAgree]) {
            $0.show(available: 1)
        },
    ]

    static let undersold: [PlantedFault] = [
        PlantedFault(
            "nine sold, one left, forty-one turned away",
            seenBy: [.notUndersold, .firstComeFirstServed]
        ) {
            $0.turnAway(10)
            $0.show(available: 1)
        },
        PlantedFault(
            "turned away at the door with places left", seenBy: [.notUndersold]
        ) {
            for buyer in 10...50 {
                $0.end(buyer, .refused(status: 409, slug: "sold-out"), ids: [])
            }
            $0.evidence.line.removeLast(41)
            $0.show(available: 1)
        },
        PlantedFault(
            "the eleventh served in place of the fifth", seenBy: [.firstComeFirstServed]
        ) {
            $0.turnAway(5)
            $0.confirm(11)
        },
    ]

    static let lost: [PlantedFault] = [
        PlantedFault("accepted, never decided, no row", seenBy: [.nothingLost, .listedOnce]) {
            $0.end(50, .lost(id: "id-50", seen: "pending"))
            $0.evidence.line.removeLast()
        },
        PlantedFault("accepted and in the list, but 404 for its buyer", seenBy: [.nothingLost]) {
            $0.end(20, .lost(id: "id-20", seen: "404 not-found"))
        },
        PlantedFault("an outcome told that no row keeps", seenBy: [.listedOnce]) {
            $0.evidence.line.removeLast()
        },
        PlantedFault("a failed booking", seenBy: [.nothingElse]) {
            $0.rewrite(30, status: "failed", reason: "undecodable")
        },
        PlantedFault("a request that got 500", seenBy: [.nothingElse]) {
            $0.end(50, .refused(status: 500, slug: "none"), ids: [])
            $0.evidence.line.removeLast()
        },
        PlantedFault("a request nobody answered", seenBy: [.nothingElse]) {
            $0.end(50, .unanswered(seen: "9 × unreachable"), ids: [])
            $0.evidence.line.removeLast()
        },
    ]

    static let line: [PlantedFault] = [
        PlantedFault("a gap in the sequence", seenBy: [.gapFree]) {
            $0.rewrite(50, sequence: 51)
        },
        PlantedFault("a sequence twice", seenBy: [.gapFree, .orderKept]) {
            $0.rewrite(31, sequence: 30)
        },
        PlantedFault("a row without a sequence", seenBy: [.gapFree, .answersAgree]) {
            let row = $0.evidence.line[49]
            $0.evidence.line[49] = BookingDocument(
                id: row.id, status: row.status, reason: row.reason, items: row.items)
        },
        PlantedFault("a booking listed twice", seenBy: [.listedOnce, .gapFree]) {
            $0.evidence.line.append($0.evidence.line[49])
        },
        PlantedFault("a booking nobody asked for", seenBy: [.listedOnce]) {
            let row = $0.evidence.line[49]
            $0.evidence.line.append(
                BookingDocument(
                    id: "stray", status: row.status, reason: row.reason, items: row.items,
                    sequence: 51))
        },
        PlantedFault("two buyers in the wrong order", seenBy: [.orderKept]) {
            $0.swapPlaces(20, 21)
        },
        PlantedFault(
            "a late-comer served before the first", seenBy: [.orderKept]
        ) {
            $0.swapPlaces(1, 50)
            $0.confirm(50)
            $0.turnAway(1)
        },
    ]

    static let answers: [PlantedFault] = [
        PlantedFault("told confirmed, listed sold out", seenBy: [.answersAgree, .notOversold]) {
            $0.rewrite(11, status: "rejected", reason: "sold_out", told: false)
            let row = $0.evidence.line[10]
            $0.end(
                11,
                .decided(
                    BookingDocument(
                        id: row.id, status: "confirmed", items: row.items, sequence: 11)))
        },
        PlantedFault("told another place than listed", seenBy: [.answersAgree]) {
            guard let told = $0.evidence.submissions[39].booking else { return }
            $0.end(
                40,
                .decided(
                    BookingDocument(
                        id: told.id, status: told.status, reason: told.reason, items: told.items,
                        sequence: 4)))
        },
        PlantedFault("two ids for one key", seenBy: [.oneIDPerKey, .listedOnce]) {
            $0.end(3, ids: ["id-3", "id-3b"])
        },
        PlantedFault(
            "one id for two keys", seenBy: [.oneIDPerKey, .listedOnce, .gapFree, .orderKept]
        ) {
            $0.end(50, $0.evidence.submissions[48].outcome, ids: ["id-49"])
            $0.evidence.line.remove(at: 49)
            $0.evidence.line.append($0.evidence.line[48])
        },
    ]

    static let baskets: [PlantedFault] = [
        PlantedFault(
            "half a basket booked", capacities: [10, 7], seenBy: [.basketsWhole]
        ) {
            let half = [BookingDocument.Item(ticketTypeId: "type-1", quantity: 1)]
            $0.rewrite(8, status: "confirmed", reason: .some(nil), items: half)
            $0.show(available: 2)
        },
        PlantedFault(
            "a basket refused that kept one half", capacities: [10, 7], seenBy: [.countersAgree]
        ) { $0.show(available: 2) },
        PlantedFault(
            "an eighth basket over seven places", capacities: [10, 7],
            seenBy: [.notOversold, .firstComeFirstServed, .countersAgree]
        ) { $0.confirm(8) },
    ]

    static let faults = oversold + undersold + lost + line + answers + baskets
}
