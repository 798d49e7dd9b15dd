import AMQP
import BookingBroker
import BookingDomain
import BookingKeys
import BookingMessages
import BookingStore
import BookingTestSupport
import Testing

@testable import BookingWorker

/// What a worker does with commands that somebody else published.
@Suite("Commands that are authenticated", .timeLimit(.minutes(1))) struct AuthenticationTests {
    private static func authenticator(_ number: UInt8) throws -> CommandAuthenticator {
        CommandAuthenticator(try SecretList([UInt8](repeating: number, count: 32)).orThrow())
    }

    private static func acceptance(
        _ authentication: CommandAuthentication
    ) throws -> MessageAcceptance {
        MessageAcceptance(authenticator: try authenticator(1), authentication: authentication)
    }

    /// The problems of the letters in the table.
    private static func letters(_ worker: TestWorker) async throws -> [String] {
        try await LetterRepository(shards: worker.databases.shardPools).letters(max: 100).0
            .map(\.letter.problem)
    }

    /// A message with one command, and the code that `authenticator` gives it for its event or another.
    private static func message(
        _ command: Command, in event: EventID, codeFor other: EventID? = nil,
        by authenticator: CommandAuthenticator
    ) -> (body: String, headers: AMQPTable) {
        let body = CommandMessage(event: event, commands: [command]).encoded
        let code = authenticator.code(type: CommandMessage.type, event: other ?? event, body: body)
        return (String(decoding: body, as: UTF8.self), ["x-boxoffice-mac": .bytes(code)])
    }

    @Test(
        "Commands with a code are decided, whether a code is required or not",
        arguments: CommandAuthentication.allCases)
    func authentic(authentication: CommandAuthentication) async throws {
        let acceptance = try Self.acceptance(authentication)
        try await TestWorker.with(acceptance: acceptance, authenticator: Self.authenticator(1)) {
            worker in
            let event = try await worker.makeEvent(capacities: [10])
            let command = try TestEvents.book(event)
            try await worker.publisher.publish([command], to: event)
            #expect(try await worker.outcomes(of: event, count: 1).map(\.status) == [.confirmed])
            #expect(try await Self.letters(worker).isEmpty)
        }
    }

    @Test(
        "Commands without a code are decided while they may be, and put aside undecided when they must not"
    )
    func absent() async throws {
        for (authentication, isDecided) in [
            (CommandAuthentication.accept, true), (.require, false),
        ] {
            let acceptance = try Self.acceptance(authentication)
            try await TestWorker.with(acceptance: acceptance) { worker in
                let event = try await worker.makeEvent(capacities: [10])
                try await worker.publisher.publish([TestEvents.book(event)], to: event)
                guard !isDecided else {
                    #expect(try await worker.outcomes(of: event, count: 1).count == 1)
                    return
                }
                try await eventually {
                    try await Self.letters(worker) == [DeadLetter.unauthenticated]
                }
                #expect(try await worker.stored(event).isEmpty)
            }
        }
    }

    @Test(
        "A wrong code decides nothing, not even that a booking fails or that its event is parked",
        arguments: CommandAuthentication.allCases)
    func forged(authentication: CommandAuthentication) async throws {
        let acceptance = try Self.acceptance(authentication)
        try await TestWorker.with(acceptance: acceptance, authenticator: Self.authenticator(1)) {
            worker in
            let event = try await worker.makeEvent(capacities: [10])
            let other = try await worker.makeEvent(capacities: [10])
            let (ours, theirs) = (try Self.authenticator(1), try Self.authenticator(2))
            let real = try TestEvents.book(event)
            // Made under another key; made by us, but for another event's line; of no shape; and what would be
            // poison, or another version's, if it were ours.
            let stolen = Self.message(real, in: event, by: theirs)
            let moved = Self.message(
                try TestEvents.book(event), in: event, codeFor: other, by: ours)
            try await worker.publishRaw(stolen.body, to: event, headers: stolen.headers)
            try await worker.publishRaw(moved.body, to: event, headers: moved.headers)
            let poison =
                #"{"eventId": "\#(event)", "commands": [{"kind": "book", "bookingKey": "\#(real.key)"}]}"#
            try await worker.publishRaw(poison, to: event, headers: ["x-boxoffice-mac": 7])
            try await worker.publishRaw(
                "something", to: event, type: "booking.commands.v2", headers: stolen.headers)
            try await worker.publisher.publish([real], to: event)
            let outcomes = try await worker.outcomes(of: event, count: 1)
            #expect(outcomes.map(\.key) == [real.key])
            #expect(outcomes.map(\.status) == [.confirmed])
            #expect(outcomes.map(\.sequence) == [1])
            #expect(
                try await Self.letters(worker) == Array(repeating: DeadLetter.forged, count: 4))
            #expect(worker.service.conditions.first?.shortcoming == nil)
        }
    }

    @Test("Without secrets a worker takes what comes, with whatever code")
    func unverified() async throws {
        try await TestWorker.with(authenticator: Self.authenticator(3)) { worker in
            let event = try await worker.makeEvent(capacities: [10])
            try await worker.publisher.publish([TestEvents.book(event)], to: event)
            #expect(try await worker.outcomes(of: event, count: 1).count == 1)
        }
    }
}
