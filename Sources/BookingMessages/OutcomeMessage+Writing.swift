import BookingDomain
import JSON

extension OutcomeMessage {
    package var encoded: [UInt8] {
        var writer = JSONWriter(reserving: 256 + 384 * bookings.count + 256 * events.count)
        writer.object { writer in
            writer.name("shard")
            writer.integer(shard.rawValue)
            writer.name("batch")
            writer.integer(batch)
            if let previousBatch {
                writer.name("previousBatch")
                writer.integer(previousBatch)
            }
            if let incarnation {
                writer.name("incarnation")
                writer.string(incarnation)
            }
            writer.name("bookings")
            writer.array { writer in
                for booking in bookings { writer.booking(booking) }
            }
            if !changes.isEmpty {
                writer.name("changes")
                writer.array { writer in
                    for change in changes { writer.change(change) }
                }
            }
            writer.name("events")
            writer.array { writer in
                for event in events { writer.event(event) }
            }
        }
        return writer.text
    }
}

extension JSONWriter {
    fileprivate mutating func booking(_ booking: Booking) {
        object { writer in
            writer.name("bookingKey")
            writer.id(booking.key)
            writer.name("eventId")
            writer.id(booking.event)
            if let user = booking.user {
                writer.name("userId")
                writer.id(user)
            }
            if let basket = booking.basket {
                writer.name("items")
                writer.basket(basket)
            }
            if !booking.flags.isEmpty {
                writer.name("flags")
                writer.integer(Int(booking.flags.rawValue))
            }
            writer.name("status")
            writer.string(booking.status.rawValue)
            if let reason = booking.reason {
                writer.name("reason")
                writer.string(reason.rawValue)
            }
            writer.name("sequence")
            writer.integer(booking.sequence)
            if booking.asOfSequence != booking.sequence {
                writer.name("asOfSequence")
                writer.integer(booking.asOfSequence)
            }
            if let hold = booking.hold {
                writer.name("expiresAtMicroseconds")
                writer.integer(hold.expiresAt.microsecondsSinceEpoch)
                writer.name("extendableUntilMicroseconds")
                writer.integer(hold.extendableUntil.microsecondsSinceEpoch)
                if hold.isPaying {
                    writer.name("paying")
                    writer.bool(true)
                }
            }
            writer.name("createdAtMicroseconds")
            writer.integer(booking.createdAt.microsecondsSinceEpoch)
            writer.name("decidedAtMicroseconds")
            writer.integer(booking.decidedAt.microsecondsSinceEpoch)
        }
    }

    fileprivate mutating func change(_ change: Change) {
        object { writer in
            writer.name("changeId")
            writer.id(change.command)
            writer.name("eventId")
            writer.id(change.event)
            writer.name("bookingKey")
            writer.id(change.booking)
            writer.name("sequence")
            writer.integer(change.sequence)
            if let refusal = change.refusal {
                writer.name("refusal")
                writer.string(refusal.rawValue)
            }
        }
    }

    fileprivate mutating func event(_ event: EventState) {
        object { writer in
            writer.name("eventId")
            writer.id(event.id)
            writer.name("version")
            writer.integer(event.version)
            writer.name("sequence")
            writer.integer(event.sequence)
            writer.name("status")
            writer.string(event.status.rawValue)
            writer.name("ticketTypes")
            writer.array { writer in
                for type in event.ticketTypes {
                    writer.object { writer in
                        writer.name("number")
                        writer.integer(Int(type.number.rawValue))
                        writer.name("capacity")
                        writer.integer(type.capacity)
                        writer.name("available")
                        writer.integer(type.available)
                        if type.held > 0 {
                            writer.name("held")
                            writer.integer(type.held)
                        }
                    }
                }
            }
        }
    }
}
