import BookingDomain
import JSON

@testable import BookingIngress
@testable import BookingStore
@testable import Postgres

// Rows as a database sends them, in Postgres' binary format.
//
// An input is the columns' values one after the other: the length in one byte, 255 for NULL, and the
// bytes of the value.
extension InputParser {
    static let rows = [
        row("event-row", EventColumns.all) { row in
            let joined = try EventRow(row: &row)
            for event in [joined, joined].joinedEvents() {
                _ = EventView(event).rendered
                _ = EventLedger(event).limitsUsers
                _ = event.overAt.rfc3339
            }
        },
        row("booking-row", BookingColumns.all) { row in
            let booking = try Booking(row: &row)
            _ = booking.decidedAt.duration(since: booking.createdAt).clampedNanoseconds
            _ = booking.createdAt.rfc3339
        },
        row("taken-row", [uuid, uuid, int2(1), int4(7)]) { _ = try SelectTaken.decode(&$0) },
        row(
            "lease-row",
            [
                int2(3), text("w"), int8(7), bool, time, int8(1), int4(2), int8(100), int8(50),
                time,
                int4(12), time, time,
            ]
        ) { row in
            let status = try SelectShardStatus.decode(&row)
            _ = status.decidedAt.map { status.readAt.duration(since: $0).clampedMilliseconds }
        },
        row("claim-row", [int8(7), int2(1), bool, int8(17), text("7.1.5"), time, void]) { row in
            let claimed = try ClaimLease.decode(&row)
            _ = DatabaseTime(claimed.claimedAt, askedAt: .now).instant().rfc3339
        },
        row("worker-row", [text("w"), shards, bool, time, time, time]) {
            _ = try SelectWorkers.decode(&$0)
        },
        row("batch-row", [int8(17), void]) { _ = try Fence.decode(&$0) },
    ]

    /// A column of a sample: the type it has, and a value that is right.
    fileprivate struct Column: Sendable {
        let type: PostgresType
        let value: [UInt8]
    }

    private static func row(
        _ name: String, _ columns: [Column],
        _ read: @escaping @Sendable (inout PostgresRow) throws -> Void
    ) -> InputParser {
        let sample = columns.flatMap { [UInt8($0.value.count)] + $0.value }
        return InputParser(name, bytes: [sample]) { bytes in
            var row = PostgresRow(table(columns.map(\.type), bytes))
            do { try read(&row) } catch { return false }
            return true
        }
    }

    private static func table(_ types: [PostgresType], _ bytes: [UInt8]) -> ResultTable {
        var table = ResultTable(columns: types.map { .init(name: "c", oid: $0.oid) })
        var rest = bytes[...]
        for _ in types {
            guard let length = rest.popFirst(), length < 255 else {
                table.appendNull()
                continue
            }
            let value = Array(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
            table.append(value.span.bytes)
        }
        table.endRow()
        return table
    }

    fileprivate static func column<Value: PostgresEncodable>(_ value: Value) -> Column {
        var writer = PostgresBinaryWriter()
        value.encodePostgres(into: &writer)
        return Column(type: Value.postgresType, value: writer.bytes)
    }

    fileprivate static func int2(_ number: Int16) -> Column { column(number) }
    fileprivate static func int4(_ number: Int32) -> Column { column(number) }
    fileprivate static func int8(_ number: Int64) -> Column { column(number) }
    fileprivate static func text(_ text: String) -> Column { column(text) }
    fileprivate static let bool = column(true)
    fileprivate static let uuid = column(
        PostgresUUID(high: 0x019A_9F2C_0000_7002, low: 0x8000_0000_0000_002A))
    fileprivate static let time = column(
        PostgresTimestamp(microsecondsSinceUnixEpoch: 1_795_219_200_000_000))
    fileprivate static let shards = column([0, 1, 5] as [Int16])
    /// What a function that returns nothing returns.
    fileprivate static let void = Column(type: .unknown, value: [])
}

private enum EventColumns {
    static let all = [
        InputParser.uuid, InputParser.uuid, InputParser.text("A title"),
        InputParser.text("A venue"),
        InputParser.time, InputParser.time, InputParser.time, InputParser.text("onSale"),
        InputParser.int8(3), InputParser.int8(2), InputParser.bool, InputParser.int4(600),
        InputParser.int4(120), InputParser.time, InputParser.int2(1),
        InputParser.text("Stalls"),
        InputParser.int8(1250), InputParser.text("EUR"), InputParser.int4(4), InputParser.int4(10),
        InputParser.int4(7), InputParser.int4(1), InputParser.int4(2),
    ]
}

private enum BookingColumns {
    static let all = [
        InputParser.uuid, InputParser.uuid, InputParser.uuid,
        InputParser.column([1, 3] as [Int16]),
        InputParser.column([2, 1] as [Int16]), InputParser.int2(1), InputParser.text("rejected"),
        InputParser.text("sold_out"), InputParser.int8(41), InputParser.int8(43), InputParser.time,
        InputParser.time, InputParser.time, InputParser.time, InputParser.bool,
    ]
}
