import BookingBroker
import BookingDomain
import Testing

@testable import BookingScale

@Suite("What brokers tell of the lines")
struct ReadingTests {
    private let event = FleetFixture.event(in: 0)
    private let other = FleetFixture.event(in: 1)

    @Test("Ready and unacknowledged messages of events' queues are added up; all else is left out")
    func page() {
        let name = BookingTopology.queue(of: event)
        let page = """
            # TYPE rabbitmq_detailed_queue_messages_ready gauge
            rabbitmq_detailed_queue_messages_ready{vhost="boxoffice",queue="\(name)"} 12
            rabbitmq_detailed_queue_messages_ready{vhost="boxoffice",queue="booking.dead"} 7
            rabbitmq_detailed_queue_messages_ready{vhost="boxoffice",queue="other.\(event)"} 7
            rabbitmq_detailed_queue_messages_ready{queue="\(BookingTopology.queue(of: other))"} 3
            rabbitmq_detailed_queue_messages_unacked{vhost="boxoffice",queue="\(name)"} 30
            rabbitmq_detailed_queue_messages{vhost="boxoffice",queue="\(name)"} 42
            rabbitmq_detailed_queue_messages_unacked{vhost="boxoffice",queue="\(name)"} NaN
            rabbitmq_detailed_queue_messages_unacked{vhost="boxoffice",queue="\(name)"} -1
            rabbitmq_detailed_queue_messages_unacked{vhost="boxoffice"} 5
            rabbitmq_detailed_queue_messages_ready{vhost="boxoff
            """
        #expect(QueueFigures.lines(in: Array(page.utf8)) == [event: 42, other: 3])
    }

    @Test("A figure that no queue can have is capped, however often it is told")
    func absurdFigures() {
        let row = #"rabbitmq_detailed_queue_messages_ready{queue="booking.event.\(event)"}"#
            .replacing(#"\(event)"#, with: event.description)
        for figure in ["9223372036854775807", "1e308", "+Inf", "1e15"] {
            let page = Array(repeating: "\(row) \(figure)\n", count: 10_000).joined()
            let lines = QueueFigures.lines(in: Array(page.utf8))
            #expect(lines == [event: ScaleLimits.lineMessagesMax])
        }
        for figure in ["-1", "nan", "-inf", ""] {
            #expect(QueueFigures.lines(in: Array("\(row) \(figure)".utf8)).isEmpty)
        }
    }

    @Test("Of several brokers the one whose figure moved last is believed")
    func leaders() {
        var figures = LeaderFigures()
        // Nobody has moved yet: the highest.
        #expect(figures.lines([[event: 5], [event: 9], [:]]) == [event: 9])
        #expect(figures.lines([[event: 6], [event: 9], [:]]) == [event: 6])
        #expect(figures.lines([[event: 6], [event: 9], [:]]) == [event: 6])
        // A new leader, on a broker that told nothing before, moves.
        #expect(figures.lines([[event: 6], [event: 9], [event: 1]]) == [event: 6])
        #expect(figures.lines([[event: 6], [event: 9], [event: 2]]) == [event: 2])
        // Both at once: the highest of them.
        #expect(figures.lines([[event: 4], [event: 8], [event: 2]]) == [event: 8])
        #expect(figures.lines([[event: 4, other: 1], [:], [:]]) == [event: 4, other: 1])
    }

    @Test("What a majority of the brokers answers is enough; less is unknown")
    func majority() throws {
        let mute = Result<[EventID: Int], UnknownReading>.failure(UnknownReading("mute"))
        let told = Result<[EventID: Int], UnknownReading>.success([event: 3])
        #expect(
            try BrokerReader.majority([told, mute, told]) == [[event: 3], [:], [event: 3]])
        #expect(try BrokerReader.majority([told]) == [[event: 3]])
        for answers in [[mute], [told, mute], [mute, told, mute]] {
            #expect(throws: UnknownReading("mute")) { try BrokerReader.majority(answers) }
        }
    }

    private func shards(_ messages: Int64) -> [ShardNumber: ShardReading] {
        [event.shard: ShardReading(owner: "w", commands: 0, messages: messages, waited: .zero)]
    }

    @Test("A line that emptied though nobody took its messages is doubted, for a while")
    func doubt() {
        var doubt = LineDoubt()
        let begin = ContinuousClock.now
        func believes(_ lines: [EventID: Int], counted: Int64, at second: Int) -> Bool {
            doubt.believes(lines, shards: shards(counted), at: begin + .seconds(second))
        }
        #expect(believes([event: 100], counted: 0, at: 0))
        #expect(!believes([event: 0], counted: 10, at: 1))
        #expect(!believes([:], counted: 10, at: 2))
        #expect(believes([event: 90], counted: 10, at: 3))
        #expect(believes([event: 0], counted: 100, at: 4))
        #expect(believes([event: 100], counted: 100, at: 20))
        #expect(!believes([event: 0], counted: 100, at: 21))
        #expect(!believes([event: 0], counted: 100, at: 30))
        // Somebody has purged it.
        #expect(believes([event: 0], counted: 100, at: 31))
        #expect(believes([event: 0], counted: 100, at: 32))
    }

    @Test("What the databases counted before the broker's figure came explains it too")
    func lag() {
        var doubt = LineDoubt()
        let begin = ContinuousClock.now
        for (second, counted, waiting) in [(0, 0, 0), (1, 50, 0), (2, 100, 100), (3, 100, 0)] {
            let believes = doubt.believes(
                [event: waiting], shards: shards(Int64(counted)), at: begin + .seconds(second))
            #expect(believes)
        }
    }

    @Test("The plan holds its number while it doubts")
    func held() {
        var fleet = FleetFixture()
        fleet.backlog = Array(repeating: 20_000, count: 4)
        fleet.seconds(5)
        let lines = fleet.lines.mapValues { _ in 0 }
        let decision = fleet.plan.decide(
            on: FleetReading(at: fleet.now, lines: .success(lines), shards: .success(fleet.shards)))
        #expect(!decision.isKnown)
        #expect(decision.from == decision.to)
    }
}
