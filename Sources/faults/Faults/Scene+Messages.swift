import AMQP
import BookingDomain
import BookingHistory
import BookingLoad
import ChildProcesses

/// Faults that come as messages, or as rows.
extension Scene {
    private static let messageType = "booking.commands.v1"
    private static let outsideBookings = 40
    private static let idleBookings = 5

    func duplicate(_ random: inout SeededGenerator) async throws -> String {
        let others = runEvents.busy.dropFirst().shuffled(using: &random).prefix(8)
        let events = [runEvents.hot.event.id] + others.map(\.event.id)
        let copies = try await broker.copies(of: events, during: .milliseconds(1500))
        try await broker.publish(copies, times: 2)
        return "\(copies.count) messages, each twice more"
    }

    func poison(_ random: inout SeededGenerator) async throws -> String {
        let others = runEvents.busy.shuffled(using: &random).prefix(2)
        var count = 0
        for sale in [runEvents.hot] + others {
            let key = Self.bookingKey(ofShard: sale.shard, &random)
            for (body, type, key) in [
                ("this is no JSON, \(random.next())", Self.messageType, nil),
                ("{\"number\": \(random.next())}", "orders.v1", nil),
                (Self.unreadable(key, of: sale), Self.messageType, key),
            ] {
                try await broker.publish([Self.message(body, type: type, for: sale)])
                recorder.poison(PoisonMessage(event: sale.event.id, key: key))
                count += 1
            }
        }
        return "\(count) messages"
    }

    /// Books as a careful second writer would: row locked, version moved on, all in step.
    func writeFromOutside(_ random: inout SeededGenerator) async throws -> String {
        let sale = runEvents.hot
        let keys = (0..<Self.outsideBookings).map { _ in
            Self.bookingKey(ofShard: sale.shard, &random)
        }
        // Known before they are made: if this is cut short, the checker must not call them invented.
        for key in keys { recorder.outside(OutsideBooking(event: sale.event.id, key: key)) }
        try await databases.shard(sale.shard).rows(
            Self.booking(keys, of: sale.event.id, for: runEvents.crowd.buyers[0].user.id))
        return "\(keys.count) bookings of event \(sale.event.id)"
    }

    /// Deletes the queue of an event nobody books, with no worker there to make it again, and books.
    func deleteIdleQueue(_ random: inout SeededGenerator) async throws -> String {
        let sale = runEvents.idle
        for number in 1...fleet.plan.workers { try await fleet.stop(.worker(number)) }
        try await broker.deleteQueues(of: [sale.event.id])
        let name = random.next()
        for number in 0..<Self.idleBookings {
            try await shopper.pursue(
                Intent(
                    "idle-\(name)-\(number)", buyer: number % runEvents.crowd.buyers.count,
                    sale: sale,
                    ticketType: sale.event.ticketTypes[0].id))
        }
        for number in 1...fleet.plan.workers { try await fleet.launch(.worker(number)) }
        return "event \(sale.event.id)"
    }

    private static func message(
        _ body: String, type: String, for sale: RunEvents.Sale
    ) -> HostileBrokerClient.Copy {
        var properties = AMQPProperties()
        properties.contentType = "application/json"
        properties.type = type
        return HostileBrokerClient.Copy(
            event: sale.event.id, body: Array(body.utf8), properties: properties)
    }

    /// A message with one command of which little but the key can be read.
    private static func unreadable(_ key: String, of sale: RunEvents.Sale) -> String {
        """
        {"eventId": "\(sale.event.id)", "commands": [{"kind": "book", "bookingKey": "\(key)", \
        "userId": "00000000-0000-4000-8000-000000000001", \
        "items": [{"ticketType": 1, "quantity": "many"}], "submittedAtMicroseconds": 1}]}
        """
    }

    /// A key no request has: the shard stands in its third group, behind the version.
    static func bookingKey(ofShard shard: Int, _ random: inout SeededGenerator) -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes[6] = 0x80 | UInt8(shard >> 8)
        bytes[7] = UInt8(shard & 0xFF)
        bytes[8] = 0x80 | bytes[8] & 0x3F
        return BookingKey(bytes: bytes).description
    }

    private static func booking(_ keys: [String], of event: String, for user: String) -> String {
        """
        DO $$
        DECLARE
            booked uuid;
            place  bigint;
        BEGIN
            FOREACH booked IN ARRAY '{\(keys.joined(separator: ","))}'::uuid[] LOOP
                PERFORM 1 FROM event WHERE id = '\(event)' FOR UPDATE;
                UPDATE event SET version = version + 1, sequence = sequence + 1
                 WHERE id = '\(event)' RETURNING sequence INTO place;
                UPDATE ticket_type SET available = available - 1, confirmed = confirmed + 1
                 WHERE event_id = '\(event)' AND number = 1;
                INSERT INTO booking (key, event_id, sequence, user_id, status, ticket_types,
                                     quantities, created_at, decided_at, epoch)
                SELECT booked, '\(event)', place, '\(user)', 'confirmed', '{1}', '{1}',
                       clock_timestamp(), clock_timestamp(), epoch
                  FROM shard_lease;
                COMMIT;
                PERFORM pg_sleep(0.02);
            END LOOP;
        END $$
        """
    }
}
