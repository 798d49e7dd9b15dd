import BookingDomain
import BookingStore
import BookingTestSupport
import Synchronization
import Testing

@testable import BookingIngress

@Suite("Looking decided bookings up")
struct BookingLookUpsTests {
    private let stores = FakeStores()

    /// Runs `body` with look-ups at work, and stops them.
    private func withLookUps(
        _ body: @escaping @Sendable (BookingLookUps) async throws -> Void
    ) async throws {
        let alarms = AlarmClock()
        let lookUps = BookingLookUps(
            store: stores, alarms: alarms, logger: TestIngress.quiet)
        try await withThrowingTaskGroup { group in
            group.addTask { await alarms.run() }
            group.addTask { await lookUps.run() }
            defer { group.cancelAll() }
            try await body(lookUps)
        }
    }

    private static func bookings(_ count: Int) throws -> [Booking] {
        let event = try TestEvents.event().id
        return try (0..<count).map { _ in
            try TestBookings.decided(TestEvents.book(event), event: event)
        }
    }

    @Test("what is asked for during a query goes into the next one, and each hears its own")
    func gathers() async throws {
        let bookings = try Self.bookings(50)
        let unknown = try Self.bookings(1)
        for booking in bookings { stores.put(booking) }
        stores.shutGate()
        try await withLookUps { [stores] lookUps in
            let heard = Mutex<[BookingKey: Booking?]>([:])
            for booking in bookings + unknown {
                lookUps.find(booking.reference) { answer in
                    heard.withLock { $0[booking.key] = try? answer.get() }
                }
                // The first is on its way when the others come.
                if booking == bookings[0] {
                    try await eventually("bookings are looked up") {
                        !stores.bookingLookUps.isEmpty
                    }
                }
            }
            stores.openGate()
            try await eventually("all are answered") { heard.withLock { $0.count } >= 51 }
            #expect(stores.bookingLookUps.map(\.count) == [1, 50])
            heard.withLock { heard in
                for booking in bookings { #expect(heard[booking.key] == booking) }
                #expect(heard[unknown[0].key] == .some(nil))
            }
        }
    }

    @Test("the same key asked for many times is looked up once, and again for who asks later")
    func sameKey() async throws {
        let booking = try Self.bookings(1)[0]
        try await withLookUps { [stores] lookUps in
            let before = try await lookUps.value(of: booking.reference, within: .seconds(10))
            #expect(before == nil)
            stores.put(booking)
            // Never an answer older than the question.
            let after = try await lookUps.value(of: booking.reference, within: .seconds(10))
            #expect(after == booking)
            stores.shutGate()
            let count = stores.bookingLookUps.count
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await lookUps.value(of: booking.reference, within: .seconds(10))
                }
                try await eventually("the booking is looked up") {
                    stores.bookingLookUps.count > count
                }
                for _ in 0..<3 { lookUps.find(booking.reference) { _ in } }
                group.addTask {
                    try await lookUps.value(of: booking.reference, within: .seconds(10))
                }
                stores.openGate()
                for try await found in group { #expect(found == booking) }
            }
            #expect(stores.bookingLookUps.last == [booking.reference])
        }
    }

    @Test("a row that only a newer version can read is told to those who ask for it, and no others")
    func newer() async throws {
        let bookings = try Self.bookings(20)
        for booking in bookings { stores.put(booking) }
        stores.setNewer([bookings[7].key, bookings[13].key])
        stores.shutGate()
        try await withLookUps { [stores] lookUps in
            let heard = Mutex<[BookingKey: BookingLookUps.Answer]>([:])
            for booking in bookings {
                lookUps.find(booking.reference) { answer in
                    heard.withLock { $0[booking.key] = answer }
                }
                if booking == bookings[0] {
                    while stores.bookingLookUps.isEmpty { await Task.yield() }
                }
            }
            stores.openGate()
            while heard.withLock({ $0.count }) < bookings.count { await Task.yield() }
            heard.withLock { heard in
                for (index, booking) in bookings.enumerated() {
                    let isNewer = index == 7 || index == 13
                    #expect(
                        heard[booking.key] == (isNewer ? .failure(.upgrading) : .success(booking)))
                }
            }
        }
    }

    @Test("a database that does not answer, or is away, is a refusal in time")
    func unavailable() async throws {
        let booking = try Self.bookings(1)[0]
        try await withLookUps { [stores] lookUps in
            stores.shutGate()
            await #expect(throws: Refusal.unavailable(.database)) {
                try await lookUps.value(of: booking.reference, within: .milliseconds(50))
            }
            stores.goAway()
            stores.openGate()
            await #expect(throws: Refusal.unavailable(.database)) {
                try await lookUps.value(of: booking.reference, within: .seconds(10))
            }
            // What no client can do anything about is not the database being away.
            stores.goAway(leaving: .corrupt)
            await #expect(throws: Refusal.internalError) {
                try await lookUps.value(of: booking.reference, within: .seconds(10))
            }
            // It goes on once the database is back.
            stores.comeBack()
            stores.put(booking)
            let found = try await lookUps.value(of: booking.reference, within: .seconds(10))
            #expect(found == booking)
        }
    }
}
