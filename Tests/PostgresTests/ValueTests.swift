import Postgres
import Testing

/// An enum stored as text.
private enum Status: String, PostgresRepresentable, CaseIterable, Sendable {
    case onSale, closed
}

/// An identifier stored as a UUID.
private struct EventID: PostgresRepresentable, Hashable, Sendable {
    var uuid: PostgresUUID
    var postgresValue: PostgresUUID { uuid }

    init(_ uuid: PostgresUUID) { self.uuid = uuid }
    init(postgresValue: PostgresUUID) { uuid = postgresValue }
}

@Suite("Values and the server", .timeLimit(.minutes(1)))
struct ValueTests {
    /// Sends each value alone, as optional and nil, and all of them as arrays of several kinds.
    private func roundTrip<T>(
        _ values: [T], over connection: PostgresConnection
    ) async throws
    where
        T: PostgresEncodable & PostgresDecodable & PostgresArrayElement & Equatable & Sendable
    {
        for value in values {
            #expect(try await connection.execute(Echo(value: value)) == [value])
            #expect(try await connection.execute(Echo<T?>(value: value)) == [value])
        }
        #expect(try await connection.execute(Echo<T?>(value: nil)) == [nil])
        #expect(try await connection.execute(Echo(value: values)) == [values])
        #expect(try await connection.execute(Echo(value: [T]())) == [[]])
        #expect(try await connection.execute(Echo<[T]?>(value: nil)) == [nil])
        let sparse = [nil] + values.flatMap { [$0, nil] }
        #expect(try await connection.execute(Echo<[T?]>(value: sparse)) == [sparse])
    }

    @Test("Every type comes back as it went, alone, optional, NULL and in arrays")
    func everyTypeRoundTrips() async throws {
        try await TestDatabase.withConnection { connection in
            try await roundTrip([true, false], over: connection)
            try await roundTrip([0, 1, -1, Int16.min, Int16.max], over: connection)
            try await roundTrip([0, 1, -1, Int32.min, Int32.max], over: connection)
            try await roundTrip([0, 1, -1, Int64.min, Int64.max], over: connection)
            try await roundTrip([0, 1, -1, Int.min, Int.max], over: connection)
            try await roundTrip(
                [0, -0.5, .pi, .infinity, -.infinity, .leastNonzeroMagnitude], over: connection)
            try await roundTrip(["", "a", "ä€😀", "it's \"q\" \\ {,}", "NULL"], over: connection)
            try await roundTrip(
                [PostgresBytes([]), PostgresBytes([0, 1, 255]), PostgresBytes(0...255)],
                over: connection)
            try await roundTrip(
                [PostgresUUID(high: 0, low: 0), PostgresUUID(high: .max, low: 1)],
                over: connection)
            try await roundTrip(
                [
                    PostgresTimestamp(microsecondsSinceUnixEpoch: 0),
                    PostgresTimestamp(microsecondsSinceUnixEpoch: -1),
                    PostgresTimestamp(microsecondsSinceUnixEpoch: 1_800_000_000_123_456),
                    .infinity, .negativeInfinity,
                ], over: connection)
            try await roundTrip(Status.allCases, over: connection)
            try await roundTrip(
                [EventID(PostgresUUID(high: 1, low: 2)), EventID(PostgresUUID(high: 3, low: 4))],
                over: connection)
            #expect(try await connection.execute(Echo(value: Double.nan)).first?.isNaN == true)
        }
    }

    /// What the server itself makes of values, so that an error made in both directions shows.
    private struct Spell: PostgresStatement {
        static let sql = """
            SELECT $1::text, $2::text, ($3 AT TIME ZONE 'UTC')::text, encode($4, 'hex'), $5::text,
                $6::text
            """

        func bind(to parameters: inout PostgresParameters) {
            parameters.append(PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210))
            parameters.append([1, nil, -3] as [Int32?])
            parameters.append(PostgresTimestamp(microsecondsSinceUnixEpoch: 951_782_400_000_001))
            parameters.append(PostgresBytes([0xCA, 0xFE]))
            parameters.append(1.5)
            parameters.append(true)
        }

        static func decode(_ row: inout PostgresRow) throws(PostgresError) -> [String] {
            var texts: [String] = []
            for _ in 0..<6 { texts.append(try row.next()) }
            return texts
        }
    }

    @Test("The server reads the values as they were meant")
    func serverAgrees() async throws {
        try await TestDatabase.withConnection { connection in
            let texts = try await connection.execute(Spell())
            #expect(
                texts == [
                    [
                        "01234567-89ab-cdef-fedc-ba9876543210", "{1,NULL,-3}",
                        "2000-02-29 00:00:00.000001", "cafe", "1.5", "true",
                    ]
                ])
        }
    }

    private struct Widths: PostgresStatement {
        static let sql = "SELECT 1::int2, 2::int4, 3::int2, 4.5::float4, ARRAY[5, 6]::int2[]"

        static func decode(
            _ row: inout PostgresRow
        ) throws(PostgresError) -> (Int, Int, Int32, Double, [Int]) {
            (try row.next(), try row.next(), try row.next(), try row.next(), try row.next())
        }
    }

    @Test("Narrower numbers widen")
    func numbersWiden() async throws {
        try await TestDatabase.withConnection { connection in
            let row = try #require(try await connection.execute(Widths()).first)
            #expect(row.0 == 1)
            #expect(row.1 == 2)
            #expect(row.2 == 3)
            #expect(row.3 == 4.5)
            #expect(row.4 == [5, 6])
        }
    }

    private struct Texts: PostgresStatement {
        static let sql = """
            SELECT 'a'::varchar, 'b'::char(2), 'c'::name, 'd'::mood, '{"e": 1}'::json, 'f',
                ARRAY['g']::varchar[]
            """

        static func decode(_ row: inout PostgresRow) throws(PostgresError) -> [String] {
            var texts: [String] = []
            for _ in 0..<6 { texts.append(try row.next()) }
            return texts + (try row.next([String].self))
        }
    }

    @Test("Text of every kind, an enum's included, becomes a String")
    func textsDecode() async throws {
        try await TestDatabase.withConnection { connection in
            try await connection.run(script: "CREATE TYPE mood AS ENUM ('d')")
            let texts = try await connection.execute(Texts())
            #expect(texts == [["a", "b ", "c", "d", "{\"e\": 1}", "f", "g"]])
        }
    }

    private struct Misread<T: PostgresDecodable & Sendable>: PostgresStatement {
        static var sql: String {
            """
            SELECT 5000000000::int8 AS big, 'secret'::text AS word, NULL::text AS nothing,
                ARRAY[[1, 2], [3, 4]] AS square, ARRAY[1, NULL] AS sparse
            """
        }

        var skipped: Int

        static func decode(
            _ row: inout PostgresRow
        ) throws(PostgresError) -> [Result<T, PostgresError>] {
            var results: [Result<T, PostgresError>] = []
            for _ in 0..<6 {
                do {
                    results.append(.success(try row.next()))
                } catch {
                    results.append(.failure(error))
                }
            }
            return results
        }
    }

    @Test("What does not fit is an error that names the column and not the value")
    func misfitsAreErrors() async throws {
        try await TestDatabase.withConnection { connection in
            let narrow = try await connection.execute(Misread<Int32>(skipped: 0))[0]
            let texts = try await connection.execute(Misread<String>(skipped: 0))[0]
            let arrays = try await connection.execute(Misread<[Int32]>(skipped: 0))[0]
            let failures =
                narrow + texts.map { $0.map { _ in 0 } } + arrays.map { $0.map { _ in 0 } }
            let messages = failures.map { result in
                if case .failure(let error) = result { "\(error)" } else { "" }
            }
            #expect(messages[0].contains("column big: a value of the type with oid 20"))
            #expect(messages[1].contains("column word"))
            #expect(messages[2].contains("column nothing: NULL where Int32 is expected"))
            #expect(messages[5].contains("the row has only 5 columns"))
            #expect(try texts[1].get() == "secret")
            #expect(messages[8].contains("column nothing: NULL where String is expected"))
            #expect(messages[15].contains("column square: only arrays of one dimension"))
            #expect(messages[16].contains("column sparse: NULL where Int32 is expected"))
            #expect(!messages.joined().contains("secret"))
        }
    }

    @Test("An unknown raw value is an error without the value in it")
    func unknownCase() async throws {
        struct Read: PostgresStatement {
            static let sql = "SELECT 'nonsense'"

            static func decode(_ row: inout PostgresRow) throws(PostgresError) -> Status {
                try row.next()
            }
        }
        try await TestDatabase.withConnection { connection in
            let error = try await postgresError { try await connection.execute(Read()) }
            #expect(error.code == .decoding)
            #expect(!error.description.contains("nonsense"))
        }
    }

    @Test(
        "A UUID's text is read and written",
        arguments: [
            ("00000000-0000-0000-0000-000000000000", PostgresUUID(high: 0, low: 0)),
            (
                "01234567-89ab-cdef-fedc-ba9876543210",
                PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
            ),
        ])
    func uuidText(text: String, uuid: PostgresUUID) {
        #expect(PostgresUUID(text) == uuid)
        #expect(PostgresUUID(text.uppercased()) == uuid)
        #expect(uuid.description == text)
    }

    @Test(
        "What is not a UUID's text is refused",
        arguments: [
            "", "0123456789abcdeffedcba9876543210", "01234567-89ab-cdef-fedc-ba987654321",
            "01234567-89ab-cdef-fedc-ba987654321g", "01234567089ab-cdef-fedc-ba9876543210",
            "01234567-89ab-cdef-fedc-ba98765432é",
        ])
    func uuidMisspelt(text: String) {
        #expect(PostgresUUID(text) == nil)
    }
}
