import Testing

@testable import Postgres

private struct Notify: PostgresStatement {
    typealias Row = Void

    static let sql = "SELECT pg_notify($1, $2)"

    var channel: String
    var payload: String

    func bind(to parameters: inout PostgresParameters) {
        parameters.append(channel)
        parameters.append(payload)
    }
}

private struct ListeningTo: PostgresStatement {
    static let sql = "SELECT pg_listening_channels()"

    static func decode(_ row: inout PostgresRow) throws(PostgresError) -> String { try row.next() }
}

@Suite("Notifications", .timeLimit(.minutes(1)))
struct NotificationTests {
    @Test("What is said on a channel arrives, in order, and nothing from other channels")
    func arrive() async throws {
        try await TestDatabase.with { database in
            let listener = try await database.connect()
            let speaker = try await database.connect()
            let channel = "Event \"changed\"; --"
            var notifications = try await listener.notifications(on: channel).makeAsyncIterator()
            for number in 1...100 {
                try await speaker.pipeline(
                    Notify(channel: "other", payload: "x"),
                    Notify(channel: channel, payload: "ä\(number)"))
            }
            let pid = try await speaker.execute(ProcessID())[0]
            for number in 1...100 {
                let notification = await notifications.next()
                #expect(
                    notification
                        == PostgresNotification(
                            channel: channel, payload: "ä\(number)", senderProcessID: Int32(pid)))
            }
            #expect(try await listener.execute(Echo(value: 1)) == [1])
            await listener.close()
            #expect(await notifications.next() == nil)
            await speaker.close()
        }
    }

    @Test("Several readers of a channel all hear it; the last to leave ends the listening")
    func severalReaders() async throws {
        try await TestDatabase.withConnection { connection in
            do {
                let first = try await connection.notifications(on: "a")
                do {
                    let second = try await connection.notifications(on: "a")
                    try await connection.execute(Notify(channel: "a", payload: "1"))
                    for await notification in second {
                        #expect(notification.payload == "1")
                        break
                    }
                }
                #expect(try await connection.execute(ListeningTo()) == ["a"])
                for await notification in first {
                    #expect(notification.payload == "1")
                    break
                }
            }
            #expect(try await eventually { try await connection.execute(ListeningTo()).isEmpty })
        }
    }

    @Test("The sequence ends when the server ends the connection")
    func endWithTheConnection() async throws {
        try await TestDatabase.with { database in
            let listener = try await database.connect()
            let killer = try await database.connect()
            var notifications = try await listener.notifications(on: "a").makeAsyncIterator()
            let pid = try await listener.execute(ProcessID())[0]
            #expect(try await killer.execute(Terminate(pid: pid)) == [true])
            #expect(await notifications.next() == nil)
            #expect(!listener.isOpen)
            await killer.close()
        }
    }

    @Test("A reader that sleeps keeps the newest notifications, up to the limit")
    func buffer() async throws {
        try await TestDatabase.withConnection { connection in
            var notifications = try await connection.notifications(on: "a").makeAsyncIterator()
            let excess = 100
            for number in 1...PostgresNotifications.bufferedMax + excess {
                try await connection.execute(Notify(channel: "a", payload: "\(number)"))
            }
            #expect(await notifications.next()?.payload == "\(excess + 1)")
        }
    }

    @Test(
        "A channel needs a name that Postgres keeps",
        arguments: ["", "a\u{0}b", String(repeating: "a", count: 64)])
    func names(channel: String) async throws {
        try await TestDatabase.withConnection { connection in
            let error = try await postgresError { try await connection.notifications(on: channel) }
            #expect(error.code == .invalidStatement)
        }
    }
}
