import NIOCore
import NIOPosix

/// Does what the conversations of a run decide, all on one event loop.
///
/// First all connections are made, then the run begins; it is over when nothing is sent any more
/// and nothing is under way, or when the patience is at its end.
final class LoadEngine {
    let plan: LoadPlan
    let eventLoop: any EventLoop
    var connections: [LoadConnection] = []
    var ramp = ConnectionRamp()
    private(set) var isOver = false
    private var tally: LoadTally
    /// There once the run has begun.
    private var pacer: LoadPacer?
    /// Connections with nothing to do, the longest idle first; some may be busy again or gone.
    private var free = CircularBuffer<LoadConnection>()
    private var random = SystemRandomNumberGenerator()
    private var requests = 0
    /// Conversations with something under way.
    private var busy = 0
    /// Where a request is put together; its memory is used again once it has been sent.
    private var scratch = ByteBuffer()
    /// Connections whose first attempt is not over.
    private var unsettled: Int
    private let progress: AsyncStream<LoadProgress>.Continuation
    private let result: EventLoopPromise<LoadTally>

    init(
        _ plan: LoadPlan, on eventLoop: any EventLoop,
        progress: AsyncStream<LoadProgress>.Continuation
    ) {
        self.plan = plan
        self.eventLoop = eventLoop
        self.progress = progress
        result = eventLoop.makePromise()
        unsettled = plan.configuration.users
        tally = LoadTally(window: LoadWindow(begin: .now(), plan.configuration))
    }

    /// Makes the connections and begins; to be called on the event loop.
    ///
    /// Fails with ``LoadError`` when not one connection can be made.
    func run() -> EventLoopFuture<LoadTally> {
        for number in 0..<plan.configuration.users {
            connections.append(LoadConnection(number: number, rules: plan.rules))
        }
        for connection in connections { connect(connection, after: .zero) }
        tick()
        return result.futureResult
    }

    /// Ends the run before its time: nothing more is sent, and what is on its way is waited for.
    ///
    /// Before the first request there is nothing to report.
    func stop() {
        guard !isOver else { return }
        guard pacer != nil else {
            return end(
                .failure(LoadError(code: .stopped, detail: "before anything was measured")))
        }
        let now = NIODeadline.now()
        pacer?.collect(until: now)
        pacer?.cutShort(at: now)
        tally.cutShort(at: now)
        schedule(at: tally.window.giveUpAt) { $0.giveUp() }
        finishIfDone(at: now)
    }

    /// Lets a conversation go on, counts what happened and does what follows.
    func advance(
        _ connection: LoadConnection,
        _ event: (inout Conversation, NIODeadline) -> Conversation.Step
    ) {
        guard !isOver else { return }
        let now = NIODeadline.now()
        let wasBusy = connection.conversation.isBusy
        let step = event(&connection.conversation, now)
        busy += (connection.conversation.isBusy ? 1 : 0) - (wasBusy ? 1 : 0)
        if let note = step.note { tally.add(note, at: now) }
        switch step.action {
        case .nothing: break
        case .connect(let pause): connect(connection, after: pause)
        case .send(let message): send(message, on: connection)
        case .wake(let instant):
            schedule(at: instant) { engine in
                engine.advance(connection) { $0.woken(at: $1) }
            }
        case .takeNext: giveWork(to: connection, at: now)
        case .hangUp: connection.drop()
        }
        if busy == 0 { finishIfDone(at: now) }
    }

    /// The first attempt at a connection is over, well or not: the run begins after the last.
    func settled(_ connection: LoadConnection) {
        guard !connection.isSettled else { return }
        connection.isSettled = true
        unsettled -= 1
        if unsettled == 0 { begin() }
    }

    /// Runs `task` on the event loop later, unless all is over by then.
    func schedule(at instant: NIODeadline, _ task: @escaping (LoadEngine) -> Void) {
        eventLoop.assumeIsolated().scheduleTask(deadline: instant) { [self] in
            if !isOver { task(self) }
        }
    }

    private func begin() {
        guard connections.contains(where: \.conversation.isFree) else {
            let reasons = tally.faults.keys.map(\.words).sorted().joined(separator: ", ")
            end(.failure(LoadError(code: .unreachable, detail: reasons)))
            return
        }
        let window = LoadWindow(begin: .now(), plan.configuration)
        tally = LoadTally(window: window, faults: tally.faults)
        let pacer = LoadPacer(plan.configuration.pace, window: window)
        self.pacer = pacer
        for connection in connections {
            switch plan.configuration.pace {
            case .closed:
                let start = window.start(ofUser: connection.number, of: connections.count)
                schedule(at: start) { $0.giveWork(to: connection, at: .now()) }
            case .open: queue(connection)
            }
        }
        scheduleArrivals()
        schedule(at: window.end) { $0.finishIfDone(at: .now()) }
        schedule(at: window.giveUpAt) { $0.giveUp() }
    }

    /// Gives a free connection the next request, if there is one.
    private func giveWork(to connection: LoadConnection, at now: NIODeadline) {
        guard connection.conversation.isFree, pacer != nil else { return }
        guard let dueAt = pacer?.next(at: now) else { return queue(connection) }
        let request = plan.mix.next(using: &random)
        tally.sent(dueAt: dueAt, at: now)
        advance(connection) { $0.begin(request, dueAt: dueAt, at: $1) }
    }

    private func queue(_ connection: LoadConnection) {
        guard !connection.isQueued, connection.conversation.isFree else { return }
        connection.isQueued = true
        free.append(connection)
    }

    private func send(_ message: LoadMessage, on connection: LoadConnection) {
        requests += 1
        scratch.clear(minimumCapacity: Self.requestBytes)
        plan.bytes.write(message, of: connection.number, number: requests, into: &scratch)
        connection.send(scratch, for: message.resource)
    }

    /// What a request takes as a rule.
    private static let requestBytes = 1024

    private func scheduleArrivals() {
        guard let next = pacer?.nextArrival else { return }
        schedule(at: next) { $0.arrivals() }
    }

    /// Hands out what has fallen due in the open loop.
    private func arrivals() {
        let now = NIODeadline.now()
        pacer?.collect(until: now)
        while let waiting = pacer?.waiting, waiting > 0, let connection = free.popFirst() {
            connection.isQueued = false
            giveWork(to: connection, at: now)
        }
        scheduleArrivals()
    }

    /// Every second: what is overdue has failed, and how far the run has come is told.
    private func tick() {
        let now = NIODeadline.now()
        for connection in connections where connection.conversation.isOverdue(at: now) {
            advance(connection) { conversation, _ in conversation.broke(.timedOut) }
        }
        if let pacer {
            progress.yield(tally.progress(inFlight: busy + pacer.waiting, at: now))
            finishIfDone(at: now)
        }
        schedule(at: now + LoadLimits.tick) { $0.tick() }
    }

    private func finishIfDone(at now: NIODeadline) {
        guard !isOver, busy == 0, let pacer, pacer.isExhausted(at: now) else { return }
        tally.leftOut = pacer.leftOut
        end(.success(tally))
    }

    private func giveUp() {
        for connection in connections {
            advance(connection) { conversation, _ in conversation.giveUp() }
        }
        pacer?.abandon()
        finishIfDone(at: .now())
    }

    private func end(_ outcome: Result<LoadTally, LoadError>) {
        isOver = true
        for connection in connections { connection.drop() }
        connections = []
        free = []
        progress.finish()
        result.completeWith(outcome.mapError { $0 as any Error })
    }
}
