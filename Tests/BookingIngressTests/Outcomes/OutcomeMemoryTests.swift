import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct OutcomeMemoryTests {
    private let event: EventID
    private var memory = OutcomeMemory<String>(outcomesMax: 3, waitersMax: 2)

    init() throws { event = try TestEvents.event().id }

    private func booking(
        _ key: BookingKey? = nil, status: BookingStatus = .confirmed
    ) throws -> Booking {
        try TestBookings.decided(try TestEvents.book(event), key: key, status: status)
    }

    @Test("an outcome wakes those who wait for it, and nobody else")
    mutating func wakes() throws {
        let (one, other) = (try booking(), try booking())
        #expect(memory.register("a", as: 1, for: one.key) == .waiting)
        #expect(memory.register("b", as: 2, for: other.key) == .waiting)
        let woken = memory.deliver([one, try booking()])
        #expect(woken.map(\.waiter) == ["a"])
        #expect(woken.map(\.booking) == [one])
        #expect(memory.waiterCount == 1)
        #expect(memory.awaited == [other.key])
    }

    @Test("who comes after the outcome need not wait")
    mutating func known() throws {
        let one = try booking()
        _ = memory.deliver([one])
        #expect(memory.register("a", as: 1, for: one.key) == .known(one))
        #expect(memory.waiterCount == 0)
    }

    @Test("waiters have a limit, and one taken back makes room")
    mutating func full() throws {
        let one = try booking()
        #expect(memory.register("a", as: 1, for: one.key) == .waiting)
        #expect(memory.register("b", as: 2, for: one.key) == .waiting)
        #expect(memory.register("c", as: 3, for: one.key) == .full)
        #expect(memory.withdraw(1, for: one.key) == "a")
        #expect(memory.withdraw(1, for: one.key) == nil)
        #expect(memory.register("c", as: 3, for: one.key) == .waiting)
        #expect(memory.deliver([one]).map(\.waiter) == ["b", "c"])
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

    @Test("an outcome heard again changes nothing, a later status replaces an earlier one")
    mutating func laterStatus() throws {
        let confirmed = try booking()
        let cancelled = try booking(confirmed.key, status: .cancelled)
        _ = memory.deliver([confirmed, confirmed])
        #expect(memory.count == 1)
        _ = memory.deliver([cancelled])
        #expect(memory.booking(confirmed.key)?.status == .cancelled)
        _ = memory.deliver([confirmed])
        #expect(memory.booking(confirmed.key)?.status == .cancelled)
    }

    @Test("all waiters can be taken back at once")
    mutating func withdrawAll() throws {
        _ = memory.register("a", as: 1, for: try booking().key)
        _ = memory.register("b", as: 2, for: try booking().key)
        #expect(Set(memory.withdrawAll()) == ["a", "b"])
        #expect(memory.waiterCount == 0)
        #expect(memory.awaited == [])
    }
}
