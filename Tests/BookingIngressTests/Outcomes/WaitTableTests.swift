import BookingDomain
import BookingTestSupport
import Testing

@testable import BookingIngress

struct WaitTableTests {
    private typealias Table = WaitTable<Int>

    @Test("who waits for too much loses the oldest of his waits, and nobody else loses any")
    func displaced() throws {
        var table = Table(perUserMax: 2)
        let (greedy, other) = (TestEvents.user(), TestEvents.user())
        let event = try TestEvents.event().id
        let keys = try (0..<4).map { _ in
            BookingReference(event: event, key: try TestEvents.key(for: event))
        }
        _ = table.add(0, for: keys[0], of: other)
        #expect(table.makeRoom(for: greedy) == nil)
        let first = table.add(1, for: keys[1], of: greedy)
        _ = table.add(2, for: keys[2], of: greedy)
        #expect(table.makeRoom(for: greedy) == 1)
        #expect(table.remove(first) == nil)
        _ = table.add(3, for: keys[3], of: greedy)
        #expect(table.makeRoom(for: other) == nil)
        #expect(table.makeRoom(for: greedy) == 2)
        #expect(Set(table.bookings) == [keys[0], keys[3]])
        #expect(table.count == 2)
    }

    /// What the table does, without its haste.
    private struct Model {
        struct Wait {
            let waiter: Int
            let key: BookingReference
            let user: UserID
            let after: Int64
            let ticket: Table.Ticket
        }

        var waits: [Wait] = []

        mutating func take(_ isMeant: (Wait) -> Bool) -> [Int] {
            let taken = waits.filter(isMeant)
            waits.removeAll { wait in taken.contains { $0.waiter == wait.waiter } }
            return taken.map(\.waiter)
        }
    }

    @Test("it holds whom it should, whatever comes and goes", arguments: [1, 2, 3, 4] as [UInt64])
    func anyOrder(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var (table, model) = (Table(perUserMax: 3), Model())
        var tickets: [Table.Ticket] = []
        let event = try TestEvents.event().id
        let users = (0..<4).map { _ in TestEvents.user() }
        // A booking is one user's.
        let keys = try users.map { user in
            (
                user,
                try (0..<3).map { _ in
                    BookingReference(event: event, key: try TestEvents.key(for: event))
                }
            )
        }
        for waiter in 0..<5_000 {
            let (user, own) = try #require(keys.randomElement(using: &random))
            let key = try #require(own.randomElement(using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let oldest = model.waits.filter { $0.user == user }.map(\.waiter)
                let displaced = oldest.count == 3 ? oldest[0] : nil
                #expect(table.makeRoom(for: user) == displaced)
                _ = model.take { $0.waiter == displaced }
                let after = Int64.random(in: 0..<3, using: &random)
                let ticket = table.add(waiter, for: key, of: user, after: after)
                model.waits.append(
                    Model.Wait(waiter: waiter, key: key, user: user, after: after, ticket: ticket))
                tickets.append(ticket)
            case 2:
                var woken: [Int] = []
                let sequence = Int64.random(in: 1...3, using: &random)
                table.removeAll(for: key.key, asOf: sequence) { woken.append($0) }
                #expect(woken.sorted() == model.take { $0.key == key && $0.after < sequence })
            default:
                guard let ticket = tickets.randomElement(using: &random) else { continue }
                #expect(table.remove(ticket) == model.take { $0.ticket == ticket }.first)
            }
            #expect(table.count == model.waits.count)
            #expect(Set(table.bookings) == Set(model.waits.map(\.key)))
        }
        #expect(table.removeAll().sorted() == model.waits.map(\.waiter).sorted())
        #expect(table.count == 0)
    }
}
