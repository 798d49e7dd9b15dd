import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct OutcomeMemoryTests {
    private let event: EventID
    private var memory = OutcomeMemory<String>(
        outcomesMax: 3, waitersMax: 2, waitersPerUserMax: 2)
    private let user = TestEvents.user()

    init() throws { event = try TestEvents.event().id }

    /// Lets a waiter wait; `nil` when it does not.
    private mutating func wait(
        _ waiter: String, for booking: Booking, of user: UserID? = nil
    ) -> OutcomeMemory<String>.Ticket? {
        switch memory.register(waiter, for: booking.reference, of: user ?? self.user) {
        case .waiting(let ticket, displaced: nil): return ticket
        case .waiting, .known, .full: return nil
        }
    }

    private func booking(
        _ key: BookingKey? = nil, status: BookingStatus = .confirmed, asOf: Int64? = nil
    ) throws -> Booking {
        try TestBookings.decided(
            try TestEvents.book(event), key: key, status: status, asOfSequence: asOf)
    }

    @Test("an outcome wakes those who wait for it, and nobody else")
    mutating func wakes() throws {
        let (one, other) = (try booking(), try booking())
        #expect(wait("a", for: one) != nil)
        #expect(wait("b", for: other) != nil)
        let woken = memory.deliver([one, try booking()])
        #expect(woken.map(\.waiter) == ["a"])
        #expect(woken.map(\.booking) == [one])
        #expect(memory.waiterCount == 1)
        #expect(memory.awaited == [other.reference])
    }

    @Test("who comes after the outcome need not wait")
    mutating func known() throws {
        let one = try booking()
        _ = memory.deliver([one])
        guard case .known(one) = memory.register("a", for: one.reference, of: user) else {
            Issue.record("the outcome is not known")
            return
        }
        #expect(memory.waiterCount == 0)
    }

    @Test("waiters have a limit, and one taken back makes room")
    mutating func full() throws {
        let one = try booking()
        let first = try #require(wait("a", for: one))
        #expect(wait("b", for: one) != nil)
        #expect(wait("c", for: one, of: TestEvents.user()) == nil)
        #expect(memory.withdraw(first) == "a")
        #expect(memory.withdraw(first) == nil)
        #expect(wait("c", for: one, of: TestEvents.user()) != nil)
        // The place is another's now.
        #expect(memory.withdraw(first) == nil)
        #expect(Set(memory.deliver([one]).map(\.waiter)) == ["b", "c"])
        #expect(memory.awaited == [])
    }

    @Test("the last outcomes are remembered, the oldest goes first")
    mutating func forgets() throws {
        let all = try (0..<8).map { _ in try booking() }
        for (index, booking) in all.enumerated() {
            _ = memory.deliver([booking])
            let remembered = all.filter { memory.booking($0.key) != nil }
            #expect(remembered == Array(all[max(0, index - 2)...index]))
        }
        #expect(memory.count == 3)
    }

    @Test("one that was forgotten is remembered again, and stays when its old place is taken")
    mutating func forgotten() throws {
        let (a, b, c, d, e) = (
            try booking(), try booking(), try booking(), try booking(), try booking()
        )
        _ = memory.deliver([a, b, c])
        memory.forget([a.key])
        #expect(memory.booking(a.key) == nil)
        // To the place that it had before.
        _ = memory.deliver([a])
        #expect(memory.booking(a.key) == a)
        memory.forget([c.key])
        // To another place, where `b` was; then somebody else comes to its old one.
        _ = memory.deliver([c])
        #expect(memory.booking(b.key) == nil)
        _ = memory.deliver([d])
        #expect([a, c, d].allSatisfy { memory.booking($0.key) == $0 })
        _ = memory.deliver([e])
        #expect(memory.booking(a.key) == nil)
        #expect(memory.count == 3)
    }

    @Test("an outcome heard again changes nothing, a later status replaces an earlier one")
    mutating func laterStatus() throws {
        let confirmed = try booking()
        let cancelled = try booking(confirmed.key, status: .cancelled, asOf: 2)
        _ = memory.deliver([confirmed, confirmed])
        #expect(memory.count == 1)
        _ = memory.deliver([cancelled])
        #expect(memory.booking(confirmed.key)?.status == .cancelled)
        _ = memory.deliver([confirmed])
        #expect(memory.booking(confirmed.key)?.status == .cancelled)
    }

    @Test("who knows a status is woken by a later one, and not by the same, nor by an earlier one")
    mutating func news() throws {
        let held = try booking(status: .held, asOf: 3)
        let registration = memory.register("a", for: held.reference, of: user, after: 3)
        guard case .waiting = registration else {
            Issue.record("what is not known was known: \(registration)")
            return
        }
        #expect(memory.deliver([held]).isEmpty)
        let earlier = try booking(held.key, status: .held, asOf: 2)
        #expect(memory.deliver([earlier]).isEmpty)
        #expect(memory.awaited == [held.reference])
        let later = try booking(held.key, asOf: 4)
        #expect(memory.deliver([later]).map(\.booking) == [later])
        #expect(memory.waiterCount == 0)
    }

    @Test("all waiters can be taken back at once")
    mutating func withdrawAll() throws {
        _ = wait("a", for: try booking())
        _ = wait("b", for: try booking())
        #expect(Set(memory.withdrawAll()) == ["a", "b"])
        #expect(memory.waiterCount == 0)
        #expect(memory.awaited == [])
    }
}
