import BookingLoad
import ChildProcesses
import Foundation
import Testing

extension SystemTests {
    @Suite("What operators can do")
    struct OperatorTests {
        @Test("Bookings of a paused event or shard wait, and are decided in order afterwards")
        func pausing() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                let other = try await system.client.createEvent(
                    title: "Another", capacities: [100], organizer: sale.crowd.organizer)
                try #require(try await sale.pursue("first").outcome.word == "confirmed")

                let answer = try await system.operate("pause", "--event", sale.event.id)
                try #require(answer.hasPrefix("event \(sale.event.id) is paused;"))
                try await expectNoConsumer(of: sale.event, in: system)
                let waiting = try await submit(1...5, to: sale)
                try await expectDecided("meanwhile", of: other, in: sale)
                try await expectPending(waiting, of: sale)
                let shards = try await eventually("the backlog is told", within: .seconds(20)) {
                    let shards = try await Overview(system)
                    return shards.backlog >= waiting.count ? shards : nil
                }
                try #require(shards.pausedEvents == 1)
                _ = try await system.operate("resume", "--event", sale.event.id)
                try await expectDecided("after-event", of: sale.event, in: sale)

                let shard = try Overview.shard(of: sale.event.id)
                _ = try await system.operate("pause", "--shard", "\(shard)")
                try await eventually("its owner gives the shard back", within: .seconds(10)) {
                    let row = try await Overview(system).shards[shard]
                    return row.state == "paused" && row.owner == nil
                }
                let later = try await submit(6...9, to: sale)
                try await expectPending(later, of: sale)
                _ = try await system.operate("resume", "--shard", "\(shard)")
                try await expectDecided("after-shard", of: sale.event, in: sale)

                let line = try await system.client.line(
                    of: sale.event.id, organizer: sale.crowd.organizer)
                try #require(line.map(\.outcome) == Array(repeating: "confirmed", count: 12))
                let ids = line.map(\.id).filter { (waiting + later).contains($0) }
                try #require(ids == waiting + later)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        @Test("Dead letters are listed, shown, replayed and discarded")
        func deadLetters() async throws {
            try await TestSystem.with { system in
                let sale = try await Sale(system)
                let empty = try await system.operate("dead", "list")
                try #require(empty == "There are no dead letters.\n")

                // Readable but for its type, which stays what it is when it is replayed.
                let good = Poison(event: sale.event.id).messages[1]
                try await system.broker.publish(good.body, type: good.type, to: sale.event.id)
                let poison = try await letters(1, in: system)[0]
                try #require(poison.event == sale.event.id)
                try #require(poison.problem == "the message's type is not booking.commands.v1")
                let shown = try await system.operate("dead", "show", poison.id)
                try #require(shown.hasSuffix("\n\(good.body)\n"))
                let replay = try await system.operate("dead", "replay", poison.id)
                try #require(
                    replay.hasPrefix("\(poison.id): back in its line\n1 replayed, 0 kept."))
                try #require(try await letters(1, in: system)[0] == poison)

                let orphan = try await orphan(good.body, of: sale.event.id, in: system)
                try await restoreEvents(in: system)
                _ = try await system.operate("dead", "replay", "\(orphan.place)")
                try await eventually("the orphan is booked", within: .seconds(20)) {
                    try await system.database.rows("SELECT status FROM booking") == ["confirmed"]
                }
                try #require(try await letters(1, in: system)[0] == poison)

                let discarded = try await system.operate("dead", "discard", "--all", "--yes")
                try #require(discarded == "\(poison.id): discarded\n1 discarded.\n")
                try #require(try await letters(0, in: system).isEmpty)
                try #require(try await system.database.inconsistencies() == [])
            }
        }

        private func submit(_ numbers: ClosedRange<Int>, to sale: Sale) async throws -> [String] {
            var ids: [String] = []
            for number in numbers {
                let answer = try await sale.submit("waiting-\(number)", at: number % 2)
                ids.append(try answer.expect(202, BookingDocument.self).id)
            }
            return ids
        }

        private func expectPending(_ ids: [String], of sale: Sale) async throws {
            for id in ids {
                let answer = try await sale.system.client.status(
                    of: id, as: sale.crowd.buyers[0], waitSeconds: 0, at: 0)
                try #require(try answer.expect(200, BookingDocument.self).isPending)
            }
        }

        /// One more booking, at the end of the line, is confirmed.
        private func expectDecided(
            _ key: String, of event: EventDocument, in sale: Sale
        ) async throws {
            let submitter = Submitter(
                client: sale.system.client, waitSeconds: 10, patience: .seconds(40))
            let item = BookingDocument.Item(ticketTypeId: event.ticketTypes[0].id, quantity: 1)
            let record = try await submitter.pursue(
                BookingRequest(
                    buyer: 1, session: sale.crowd.buyers[0], event: event.id, key: key,
                    items: [item], instance: 0))
            try #require(record.outcome.word == "confirmed")
        }

        private func expectNoConsumer(
            of event: EventDocument, in system: TestSystem
        ) async throws {
            try await eventually("nobody consumes it", within: .seconds(10)) {
                try await system.broker.consumers(of: "booking.event.\(event.id)") == 0
            }
        }

        /// Waits for letters to be dead, and returns them.
        private func letters(
            _ count: Int, in system: TestSystem
        ) async throws -> [Graveyard.Letter] {
            try await eventually("\(count) are dead", within: .seconds(20)) {
                let graveyard = try Graveyard(try await system.operate("dead", "list", "--json"))
                return graveyard.letters.count == count ? graveyard.letters : nil
            }
        }

        /// Takes the events out of the database, as a restored backup may lack some, and lets the
        /// worker meet a command for one of them; returns the letter.
        private func orphan(
            _ command: String, of event: String, in system: TestSystem
        ) async throws -> Graveyard.Letter {
            _ = try await system.database.rows(
                """
                CREATE TABLE kept_event AS SELECT * FROM event;
                CREATE TABLE kept_ticket_type AS SELECT * FROM ticket_type;
                DELETE FROM ticket_type;
                DELETE FROM event
                """)
            try await system.broker.publish(command, to: event)
            let letter = try await letters(2, in: system)[1]
            try #require(letter.problem == "the database knows no such event")
            return letter
        }

        private func restoreEvents(in system: TestSystem) async throws {
            _ = try await system.database.rows(
                """
                INSERT INTO event SELECT * FROM kept_event;
                INSERT INTO ticket_type SELECT * FROM kept_ticket_type
                """)
        }
    }
}

/// What `boxoffice shards --json` says.
private struct Overview: Decodable {
    struct Shard: Decodable {
        let shard: Int
        let state: String
        let owner: String?
        let backlog: Int?
        let pausedEvents: Int
    }

    let shards: [Shard]

    init(_ system: TestSystem) async throws {
        let text = try await system.operate("shards", "--json")
        self = try JSONDecoder().decode(Overview.self, from: Data(text.utf8))
    }

    var backlog: Int { shards.compactMap(\.backlog).reduce(0, +) }
    var pausedEvents: Int { shards.map(\.pausedEvents).reduce(0, +) }

    /// The shard that an event's id names, in its third group behind the version.
    static func shard(of event: String) throws -> Int {
        try #require(Int(event.split(separator: "-")[2].dropFirst(), radix: 16))
    }
}

/// What `boxoffice dead list --json` says.
private struct Graveyard: Decodable {
    struct Letter: Decodable, Equatable {
        let place: Int
        let id: String
        let event: String?
        let problem: String
    }

    let letters: [Letter]

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Graveyard.self, from: Data(text.utf8))
    }
}
