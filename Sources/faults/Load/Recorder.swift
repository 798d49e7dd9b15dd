import BookingHistory
import Foundation
import Synchronization

/// Writes down what happens in a run, and keeps what the drill itself must know of it.
final class Recorder: Sendable {
    /// An accepted booking, to be asked for at the end.
    struct Accepted: Sendable {
        let id: String
        let event: String
        /// Which buyer, by the place in the crowd.
        let buyer: Int
        let isHold: Bool
    }

    struct Tally: Sendable {
        var posts = 0
        /// Submissions that got no answer.
        var unknowns = 0
        /// Bookings of which an attempt got no answer and a later one did.
        var unknownsResolved = 0
        /// Answers by what they said, like "202" or "409 sold-out".
        var answers: [String: Int] = [:]
        /// Changes asked for, and the answers by what was asked and said.
        var changes = 0
        var changeAnswers: [String: Int] = [:]
        /// Requests that got no answer though their senders were patient, or were told that something is wrong
        /// with the system: by the method and what was said.
        var troubles: [String: Int] = [:]

        mutating func judge(_ method: String, _ status: Int?, _ problem: String?) {
            guard let status else {
                return troubles["\(method) without an answer", default: 0] += 1
            }
            guard status >= 500 else { return }
            troubles["\(method) \(status)\(problem.map { " \($0)" } ?? "")", default: 0] += 1
        }
    }

    private struct State {
        var accepted: [String: Accepted] = [:]
        var poison: [PoisonMessage] = []
        var outside: [OutsideBooking] = []
        var faults: [FaultRecord] = []
        var tally = Tally()
    }

    /// The wall clock at the beginning.
    let startedAt = Date()
    private let epoch = ContinuousClock.now
    private let writer: HistoryWriter
    private let state = Mutex(State())

    init(_ folder: RunFolder) throws { writer = try folder.openHistory() }

    /// Microseconds since the run began.
    var now: Int64 { Int64(epoch.duration(to: .now) / .microseconds(1)) }

    func span(since start: Int64) -> Span { Span(start: start, end: now) }

    func post(_ record: PostRecord) throws {
        try writer.record(.post(record))
        state.withLock { state in
            state.tally.posts += 1
            if !record.isHasty {
                state.tally.judge("POST", record.answer?.status, record.answer?.problem)
            }
            guard let answer = record.answer else {
                state.tally.unknowns += 1
                return
            }
            let word = answer.problem.map { " \($0)" } ?? ""
            state.tally.answers["\(answer.status)\(word)", default: 0] += 1
        }
    }

    func resolvedUnknown() { state.withLock { $0.tally.unknownsResolved += 1 } }

    func accepted(_ id: String, of event: String, by buyer: Int, isHold: Bool) {
        state.withLock {
            $0.accepted[id] = Accepted(id: id, event: event, buyer: buyer, isHold: isHold)
        }
    }

    func get(_ record: GetRecord) throws {
        try writer.record(.get(record))
        state.withLock {
            $0.tally.judge("GET", record.answer?.status, record.answer?.problem)
        }
    }

    func change(_ record: ChangeRecord) throws {
        try writer.record(.change(record))
        state.withLock { state in
            state.tally.changes += 1
            state.tally.judge("\(record.verb)", record.answer?.status, record.answer?.problem)
            guard let answer = record.answer else { return }
            let word = answer.problem.map { " \($0)" } ?? ""
            state.tally.changeAnswers["\(record.verb) \(answer.status)\(word)", default: 0] += 1
        }
    }

    func changeLook(_ record: ChangeLookRecord) throws {
        try writer.record(.changeLook(record))
        state.withLock {
            $0.tally.judge("GET change", record.answer?.status, record.answer?.problem)
        }
    }

    func event(_ record: EventRecord) throws { try writer.record(.event(record)) }

    func fault(_ record: FaultRecord) throws {
        try writer.record(.fault(record))
        state.withLock { $0.faults.append(record) }
    }

    func poison(_ message: PoisonMessage) { state.withLock { $0.poison.append(message) } }

    func outside(_ booking: OutsideBooking) { state.withLock { $0.outside.append(booking) } }

    func close() { writer.close() }

    var bookings: [Accepted] { state.withLock { Array($0.accepted.values) } }
    var poison: [PoisonMessage] { state.withLock { $0.poison } }
    var outside: [OutsideBooking] { state.withLock { $0.outside } }
    var faults: [FaultRecord] { state.withLock { $0.faults } }
    var tally: Tally { state.withLock { $0.tally } }
}
