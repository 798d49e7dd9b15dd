import BookingDomain

@testable import AMQP
@testable import BookingBroker
@testable import BookingScale

// What a broker tells beside the two messages.
extension InputParser {
    static let brokerInputs = [
        InputParser("amqp-properties", bytes: [properties]) { bytes in
            guard let properties = AMQPProperties(decoding: bytes) else { return false }
            _ = properties.expiration.map(\.wholeMilliseconds)
            let letter = BuriedLetter(
                AMQPDelivery(
                    consumerTag: "", deliveryTag: 1, isRedelivered: false, exchange: "",
                    routingKey: "", body: bytes, properties: properties),
                position: 1)
            _ = letter.event
            return true
        },
        InputParser("queue-metrics", [metrics]) { bytes in
            let lines = QueueFigures.lines(in: bytes)
            var leaders = LeaderFigures()
            let told = leaders.lines([lines, lines])
            var plan = FleetPlan(
                bounds: FleetBounds(min: 1, max: 4, shards: 4), drainTarget: .seconds(5),
                quietPeriod: .seconds(60), assumedRate: 1000)
            let start = ContinuousClock.now
            // The databases may tell anything, too.
            for (second, commands) in [0, Int64(bytes.count), 9_000_000_000_000_000].enumerated() {
                let reading = ShardReading(
                    owner: "w", commands: commands, messages: commands / 2,
                    waited: .seconds(Int64.max))
                let decision = plan.decide(
                    on: FleetReading(
                        at: start + .nanoseconds(second), lines: .success(told),
                        shards: .success(shards(reading))))
                try Unsound.unless(decision.backlogSum.commands >= 0, "a backlog below zero")
                _ = (Int(clamping: decision.arrivals), Int64(clamping: decision.rate))
            }
            return !lines.isEmpty
        },
        InputParser(
            "queue-name", ["booking.event.019a9f2c-0000-7002-8000-00000000002a", "booking.dead"]
        ) { bytes in
            let name = String(decoding: bytes, as: UTF8.self)
            guard let event = BookingTopology.event(ofQueue: name) else { return false }
            try Unsound.unless(
                BookingTopology.queue(of: event) == name.lowercased(), "two names are one queue")
            return true
        },
    ]

    private static func shards(_ reading: ShardReading) -> [ShardNumber: ShardReading] {
        Dictionary(
            (0..<4).compactMap { ShardNumber($0) }.map { ($0, reading) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Content type, headers, delivery mode, expiration, message id and type.
    private static let properties: [UInt8] = {
        func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        func long(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
        let queue = "booking.event.019a9f2c-0000-7002-8000-00000000002a"
        let table =
            short("x-boxoffice-queue") + Array("S".utf8) + long(Array(queue.utf8)) + short("n")
            + Array("l".utf8) + [0x7F, 255, 255, 255, 255, 255, 255, 255] + short("a")
            + Array("A".utf8) + long(Array("I".utf8) + [0x80, 0, 0, 0] + Array("t".utf8) + [1])
        return [0xB1, 0xA0] + short("application/json") + long(table) + [2] + short("600000")
            + short("m-1") + short("booking.commands.v1")
    }()

    private static let metrics = """
        # TYPE rabbitmq_detailed_queue_messages_ready gauge
        rabbitmq_detailed_queue_messages_ready{vhost="b",queue="booking.event.\
        019a9f2c-0000-7002-8000-00000000002a"} 12
        rabbitmq_detailed_queue_messages_unacked{vhost="b",queue="booking.event.\
        019a9f2c-0000-7002-8000-00000000002a"} 3
        """
}
