import BookingBroker
import BookingDomain

/// What one broker's page of metrics says of the lines it leads.
///
/// The page is that of RabbitMQ's `queue_coarse_metrics`, in the Prometheus text format:
///
///     rabbitmq_detailed_queue_messages_ready{vhost="boxoffice",queue="booking.event.…"} 12
enum QueueFigures {
    /// Messages in each event's line: those ready, and those delivered but not acknowledged.
    static func lines(in page: [UInt8]) -> [EventID: Int] {
        var lines: [EventID: Int] = [:]
        for row in page.split(separator: UInt8(ascii: "\n")) {
            guard let name = names.first(where: { row.starts(with: $0) }),
                let figure = figure(in: row.dropFirst(name.count))
            else { continue }
            let sum = lines[figure.event, default: 0] + figure.count
            lines[figure.event] = min(sum, ScaleLimits.lineMessagesMax)
        }
        return lines
    }

    private static let names = [
        Array("rabbitmq_detailed_queue_messages_ready{".utf8),
        Array("rabbitmq_detailed_queue_messages_unacked{".utf8),
    ]
    private static let label = Array("queue=\"".utf8)

    /// The event and the number in what follows the name of a metric; `nil` for other queues.
    private static func figure(
        in row: ArraySlice<UInt8>
    ) -> (event: EventID, count: Int)? {
        guard let end = row.lastIndex(of: UInt8(ascii: "}")) else { return nil }
        let queue = row[..<end].split(separator: UInt8(ascii: ",")).lazy
            .first { $0.starts(with: label) }
            .map { String(decoding: $0.dropFirst(label.count).dropLast(), as: UTF8.self) }
        let number = String(decoding: row[row.index(after: end)...].dropFirst(), as: UTF8.self)
        guard let queue, let event = BookingTopology.event(ofQueue: queue),
            let count = Double(number), count >= 0
        else { return nil }
        return (event, min(Int(clamping: count), ScaleLimits.lineMessagesMax))
    }
}
