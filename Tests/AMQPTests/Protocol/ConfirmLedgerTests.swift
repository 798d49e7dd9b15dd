import Testing

@testable import AMQP

@Suite("Confirms")
struct ConfirmLedgerTests {
    private let start = ContinuousClock.now

    private func publication(_ id: String?, mandatory: Bool = true) -> Publication {
        Publication(
            exchange: "e", routingKey: "k", isMandatory: mandatory,
            publishing: AMQPPublishing(body: [], messageID: id))
    }

    private func ledger(_ count: Int) -> ConfirmLedger {
        var ledger = ConfirmLedger()
        for number in 1...count {
            ledger.add(
                publication("m\(number)"), ticket: Ticket(number),
                deadline: start.advanced(by: .seconds(number)))
        }
        return ledger
    }

    private func head(_ exchange: String = "e", _ key: String = "k") -> ReturnHead {
        ReturnHead(code: 312, text: "NO_ROUTE", exchange: exchange, routingKey: key)
    }

    private let returned = AMQPConfirmation.returned(code: 312, text: "NO_ROUTE")

    @Test("delivery tags count from 1")
    func tags() {
        var ledger = ConfirmLedger()
        #expect(ledger.add(publication("a"), ticket: 1, deadline: start) == 1)
        #expect(ledger.add(publication("b"), ticket: 2, deadline: start) == 2)
    }

    @Test("a multiple confirm settles everything up to its tag, and nothing twice")
    func multiple() throws {
        var ledger = ledger(5)
        let second = try ledger.confirm(2, multiple: false, isPositive: true)
        #expect(second == [.init(ticket: 2, confirmation: .confirmed)])
        let upToFour = try ledger.confirm(4, multiple: true, isPositive: true)
        #expect(upToFour.map(\.ticket) == [1, 3, 4])
        #expect(try ledger.confirm(3, multiple: false, isPositive: true) == [])
        #expect(ledger.count == 1)
        let rest = try ledger.confirm(0, multiple: true, isPositive: false)
        #expect(rest == [.init(ticket: 5, confirmation: .nacked)])
        #expect(ledger.count == 0)
    }

    @Test("a return marks its own message only, neighbours are confirmed")
    func returns() throws {
        var ledger = ledger(3)
        ledger.note(head(), messageID: "m2")
        let settled = try ledger.confirm(3, multiple: true, isPositive: true)
        #expect(settled.map(\.confirmation) == [.confirmed, returned, .confirmed])
    }

    @Test("a return of another route or an unknown message marks nothing")
    func foreignReturn() throws {
        var ledger = ledger(2)
        ledger.note(head("other"), messageID: "m1")
        ledger.note(head("e", "other"), messageID: "m1")
        ledger.note(head(), messageID: "unknown")
        let settled = try ledger.confirm(2, multiple: true, isPositive: true)
        #expect(settled.map(\.confirmation) == [.confirmed, .confirmed])
    }

    @Test("of messages with the same id and route none is falsely confirmed")
    func ambiguousReturn() throws {
        var ledger = ConfirmLedger()
        ledger.add(publication("same"), ticket: 1, deadline: start)
        ledger.add(publication("same"), ticket: 2, deadline: start)
        ledger.note(head(), messageID: "same")
        let settled = try ledger.confirm(2, multiple: true, isPositive: true)
        #expect(settled.map(\.confirmation) == [returned, returned])
    }

    @Test("a return comes too late for a message already settled")
    func lateReturn() throws {
        var ledger = ledger(2)
        _ = try ledger.confirm(1, multiple: false, isPositive: true)
        ledger.note(head(), messageID: "m1")
        let settled = try ledger.confirm(2, multiple: false, isPositive: true)
        #expect(settled.map(\.confirmation) == [.confirmed])
    }

    @Test("time runs out for the waiting, but the numbers stay right")
    func expiry() throws {
        var ledger = ledger(3)
        #expect(ledger.nextDeadline == start.advanced(by: .seconds(1)))
        #expect(ledger.expire(at: start) == [])
        #expect(ledger.expire(at: start.advanced(by: .seconds(2))) == [1, 2])
        #expect(ledger.nextDeadline == start.advanced(by: .seconds(3)))
        #expect(ledger.count == 3)
        let settled = try ledger.confirm(3, multiple: true, isPositive: true)
        #expect(settled.map(\.ticket) == [3])
        #expect(ledger.nextDeadline == nil)
    }

    @Test("a confirm of a message never published breaks the protocol", arguments: [0, 3, 99])
    func nonsense(tag: UInt64) {
        var ledger = ledger(2)
        #expect(throws: AMQPError.self) {
            _ = try ledger.confirm(tag, multiple: false, isPositive: true)
        }
    }

    @Test("failing names all who wait, and leaves nothing")
    func failing() throws {
        var ledger = ledger(4)
        _ = try ledger.confirm(2, multiple: false, isPositive: true)
        #expect(ledger.failAll() == [1, 3, 4])
        #expect(ledger.count == 0)
    }

    @Test("any order of single and multiple confirms settles each message once", arguments: 0..<20)
    func anyOrder(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var ledger = ConfirmLedger()
        var settled: [Ticket] = []
        var last: UInt64 = 0
        for _ in 0..<3000 {
            if Bool.random(using: &random) {
                last = ledger.add(publication(nil), ticket: last + 1, deadline: start)
            } else if last > 0 {
                let oldest = last > 20 ? last - 20 : 1
                let tag = UInt64.random(in: oldest...last, using: &random)
                let multiple = Int.random(in: 0..<4, using: &random) == 0
                settled += try ledger.confirm(tag, multiple: multiple, isPositive: true)
                    .map(\.ticket)
            }
        }
        settled += try ledger.confirm(0, multiple: true, isPositive: true).map(\.ticket)
        #expect(settled.sorted() == Array(1...last), "seed \(seed)")
    }
}

/// A small random number generator that a seed repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
