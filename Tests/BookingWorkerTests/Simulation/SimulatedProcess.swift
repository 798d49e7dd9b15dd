import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingWorkerTestSupport
import Synchronization

@testable import BookingWorker

/// A worker's process: what it remembers from one ownership to the next, until it dies.
final class SimulatedProcess: Sendable {
    let name: String
    let trials: TrialGate
    private let dead = Mutex(false)
    private let source = Mutex<SimulatedSource?>(nil)

    init(_ random: SeededGenerator) {
        let bits = random.bits()
        name = "worker \(bits % 1_000_000)"
        trials = TrialGate(process: ProcessIdentity(random: bits))
    }

    /// Once it is, nothing that it calls comes about.
    var isDead: Bool { dead.withLock { $0 } }

    func die() { dead.withLock { $0 = true } }

    func connected(_ source: SimulatedSource) { self.source.withLock { $0 = source } }

    /// The broker ends its connection.
    func disconnect() async { await source.withLock { $0 }?.close() }

    static let death = StoreError(.unavailable, "the process is dead")
    static let silence = BrokerError(.unavailable, "the process is dead, or the broker away")
}

/// The messages of a run, taken by a process whose acknowledgements may be lost.
final class SimulatedSource: MessageSource {
    private let source: TwinSource
    private let process: SimulatedProcess
    private let run: Simulation
    private let taken = Mutex<[QueuedMessage]>([])

    init(_ source: TwinSource, _ process: SimulatedProcess, in run: Simulation) {
        self.source = source
        self.process = process
        self.run = run
    }

    var isOpen: Bool { source.isOpen && !process.isDead }

    func next(max: Int) async throws(BrokerError) -> [QueuedMessage] {
        try messagesAtHand(max: max)
    }

    func wake() { source.wake() }

    func messagesAtHand(max: Int) throws(BrokerError) -> [QueuedMessage] {
        guard !process.isDead else { throw SimulatedProcess.silence }
        let messages = try source.messagesAtHand(max: max)
        taken.withLock { $0 += messages }
        return messages
    }

    func acknowledge(upTo marks: DeliveryMarks) async throws(BrokerError) {
        switch run.fateOfAcknowledgement(by: process) {
        case .answered: break
        case .failed(let error): throw error
        // It is on its way, and its connection ends before it arrives.
        case .unheard: return
        }
        let done = taken.withLock { taken in
            let done = taken.filter { message in
                marks.places.contains {
                    $0.channel == message.place.channel && message.place.tag <= $0.tag
                }
            }
            taken.removeAll { message in done.contains { $0.place == message.place } }
            return done
        }
        run.witness.acknowledged(done)
        try await source.acknowledge(upTo: marks)
    }

    func leave(_ event: EventID, at place: DeliveryPlace) { source.leave(event, at: place) }

    func putBack(_ message: QueuedMessage) async throws(BrokerError) {
        try await source.putBack(message)
    }

    func close() async { await source.close() }
}

/// Hears what the workers of a run tell; takes it or not.
struct SimulatedOutcomes: OutcomeSink {
    let run: Simulation
    let process: SimulatedProcess

    func publish(_ message: OutcomeMessage) async throws(BrokerError) {
        guard !process.isDead, run.takesOutcomes() else { throw SimulatedProcess.silence }
        run.witness.heard(message)
    }

    func publish(_ letter: DeadLetter) async throws(BrokerError) {
        guard !process.isDead, run.takesOutcomes() else { throw SimulatedProcess.silence }
    }
}

/// What becomes of a tick.
enum TickFate: Sendable {
    case taken, refused
    /// It is in the queue, and its publisher does not hear of it.
    case unheard
    /// Its publisher hears that it is in the queue, and it is not.
    case lost
    case repeated
}

/// Puts the ticks of a run into the queues, or not.
struct SimulatedTicks: TickSink {
    let run: Simulation
    let broker: TwinBroker
    let process: SimulatedProcess

    func publishTick(_ tick: Command) async throws(BrokerError) {
        guard !process.isDead else { throw SimulatedProcess.silence }
        let body = CommandMessage(event: tick.event, commands: [tick]).encoded
        run.witness.ticked(body)
        switch run.fateOfTick() {
        case .taken: broker.publish(body, to: tick.event)
        case .refused: throw SimulatedProcess.silence
        case .unheard:
            broker.publish(body, to: tick.event)
            throw SimulatedProcess.silence
        case .lost: break
        case .repeated: for _ in 0..<2 { broker.publish(body, to: tick.event) }
        }
    }

    func isQueueEmpty(of event: EventID) async throws(BrokerError) -> Bool {
        guard !process.isDead, run.seesQueue() else { throw SimulatedProcess.silence }
        return run.looksAtNoQueue || broker.waiting(for: event) == 0
    }
}

/// Takes what is due next for nothing.
struct ForgetfulDeadlines: DeadlineSink {
    let timer: ExpiryTimer

    func committed(_ deadlines: [EventID: Deadline]) {
        timer.committed(
            deadlines.mapValues { deadline in
                switch deadline {
                case .exactly: .exactly(nil)
                case .atLatest: deadline
                }
            })
    }
}
