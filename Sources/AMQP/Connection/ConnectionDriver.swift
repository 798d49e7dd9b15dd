internal import Glibc
internal import Logging

/// The thread of a connection: reads frames, takes jobs, lets the machine decide, performs what it
/// decides, and sleeps until the socket, a job or a deadline wakes it.
///
/// Made, used and let go by that one thread. Everything a turn completes is resumed together at its
/// end, after the writing.
final class ConnectionDriver {
    typealias Instant = ContinuousClock.Instant

    let library: LibraryConnection
    private let link: ConnectionLink
    private let logger: Logger
    private let requestTimeout: Duration
    private let clock = ContinuousClock()
    private var machine: ConnectionMachine
    private var heartbeat: HeartbeatClock
    private var desk = WaitingDesk()
    private var jobs: [Job] = []
    private var mayHaveFrames = true
    private var isWritable = true
    private var lastProgress: Instant
    private var reason: AMQPError??

    private init(
        library: LibraryConnection, link: ConnectionLink, requestTimeout: Duration, logger: Logger
    ) {
        self.library = library
        self.link = link
        self.requestTimeout = requestTimeout
        self.logger = logger
        machine = ConnectionMachine(channelMax: library.channelMax)
        heartbeat = HeartbeatClock(interval: library.heartbeat, now: clock.now)
        lastProgress = clock.now
    }

    /// Connects and serves the link until the connection ends: the whole life of the thread.
    static func run(
        _ configuration: AMQPConfiguration, firstAddress: Int, link: ConnectionLink, logger: Logger
    ) {
        var reason: AMQPError?
        do throws(AMQPError) {
            let (library, index) = try open(configuration, firstAddress: firstAddress)
            guard link.opened.set(.success(index)) else { return }
            logger.debug(
                "Connected to the broker.",
                metadata: ["address": "\(configuration.addresses[index])"])
            let driver = ConnectionDriver(
                library: library, link: link, requestTimeout: configuration.requestTimeout,
                logger: logger)
            reason = driver.serve()
        } catch {
            link.opened.set(.failure(error))
            return
        }
        // Here the driver is gone, and the socket closed with it.
        if let reason {
            logger.info("The connection ended.", metadata: ["reason": "\(reason)"])
        }
        link.closed.set(reason)
    }

    private static func open(
        _ configuration: AMQPConfiguration, firstAddress: Int
    ) throws(AMQPError) -> (LibraryConnection, Int) {
        var reasons: [String] = []
        for offset in configuration.addresses.indices {
            let index = (firstAddress + offset) % configuration.addresses.count
            do throws(AMQPError) {
                return (
                    try LibraryConnection.open(configuration.addresses[index], configuration), index
                )
            } catch {
                // Other addresses would say the same of wrong credentials or a bad file.
                guard error.code == .connectFailed, configuration.addresses.count > 1 else {
                    throw error
                }
                reasons.append(error.message)
            }
        }
        throw AMQPError(
            .connectFailed, reasons.joined(separator: "; "), isSafeToRetry: true)
    }

    /// Turns until the connection is over, and says why: nil when we asked for it.
    private func serve() -> AMQPError? {
        while reason == nil {
            readFrames()
            takeJobs()
            keepTime()
            flush()
            if let reason { takeNoMoreJobs(reason) }
            desk.resumeAll()
            if reason == nil { sleep() }
        }
        // A farewell may be unsent; whether it gets through does not matter.
        _ = try? library.flush()
        return reason ?? nil
    }

    /// Refuses further jobs, before anybody is told that the connection is over.
    private func takeNoMoreJobs(_ reason: AMQPError?) {
        let error = (reason ?? .connectionClosedByUs).withNothingSent
        for job in link.jobs.close(error) { job.fail(error) }
    }
}

// The parts of a turn.
extension ConnectionDriver {
    private func readFrames() {
        guard mayHaveFrames else { return }
        heartbeat.received(at: clock.now)
        do throws(AMQPError) {
            for _ in 0..<AMQPLimits.framesPerTurnMax {
                guard reason == nil, let frame = try library.readFrame() else {
                    mayHaveFrames = false
                    return
                }
                perform(machine.received(frame))
            }
        } catch {
            end(error)
        }
    }

    private func takeJobs() {
        guard reason == nil else { return }
        link.jobs.take(into: &jobs)
        guard !jobs.isEmpty else { return }
        // Keeps the memory of the array for the next turn, but none of the messages.
        defer { jobs.removeAll(keepingCapacity: true) }
        let now = clock.now
        for job in jobs {
            if reason == nil {
                begin(job, now: now)
            } else {
                job.fail(AMQPError(.connectionClosed, "The connection ended.", isSafeToRetry: true))
            }
        }
    }

    private func begin(_ job: Job, now: Instant) {
        let deadline = now.advanced(by: requestTimeout)
        switch job {
        case .openChannel(let mailbox, let continuation):
            let ticket = desk.enter(continuation, opening: mailbox)
            perform(machine.openChannel(ticket: ticket, deadline: deadline))
        case .request(let method, let channel, let continuation):
            let ticket = desk.enter(continuation)
            perform(machine.request(method, on: channel, ticket: ticket, deadline: deadline))
        case .send(let method, let channel):
            perform(machine.send(method, on: channel))
        case .publish(let publication, let channel, let timeout, let completion):
            let ticket = desk.enter(completion)
            guard library.pendingBytes < AMQPLimits.outputBytesMax else {
                let error = AMQPError.overloaded("Too many bytes wait for the socket.")
                return desk.settle(ticket, .failure(error))
            }
            perform(
                machine.publish(
                    publication, on: channel, ticket: ticket, deadline: now.advanced(by: timeout)))
        case .closeChannel(let channel, let continuation):
            let ticket = continuation.map { desk.enter($0) }
            perform(machine.closeChannel(channel, ticket: ticket, deadline: deadline))
        case .close:
            let limit = min(requestTimeout, AMQPLimits.closeTimeoutMax)
            perform(machine.close(deadline: now.advanced(by: limit)))
        case .abort:
            end(nil)
        }
    }

    private func keepTime() {
        guard reason == nil else { return }
        let now = clock.now
        if let deadline = machine.nextDeadline, deadline <= now {
            perform(machine.expire(at: now))
        }
        switch heartbeat.verdict(at: now) {
        case .quiet:
            break
        case .sendHeartbeat:
            heartbeat.sent(at: now)
            // Bytes that already wait say as much.
            guard library.pendingBytes == 0 else { return }
            do throws(AMQPError) { try library.writeHeartbeat() } catch { end(error) }
        case .peerIsDead:
            end(
                AMQPError(
                    .connectionClosed, "The broker was silent for two heartbeat intervals."))
        }
    }

    private func flush() {
        guard reason == nil, library.pendingBytes > 0 else { return }
        do throws(AMQPError) {
            let written = try library.flush()
            let now = clock.now
            if written > 0 {
                heartbeat.sent(at: now)
                lastProgress = now
            } else if !machine.isBlocked, now >= stallDeadline {
                // A blocked broker does not read, and may take its time; its heartbeats go on.
                end(AMQPError(.connectionClosed, "The socket took nothing for too long."))
            }
        } catch {
            end(error)
        }
    }

    private var stallDeadline: Instant {
        lastProgress.advanced(by: heartbeat.interval.map { $0 * 2 } ?? AMQPLimits.stalledWriteMax)
    }

    private func sleep() {
        if library.pendingBytes == 0 { lastProgress = clock.now }
        var deadline = heartbeat.nextDeadline
        if let next = machine.nextDeadline { deadline = min(deadline ?? next, next) }
        if library.pendingBytes > 0, !machine.isBlocked {
            deadline = min(deadline ?? stallDeadline, stallDeadline)
        }
        var timeout: Int32 = -1
        if mayHaveFrames || !link.jobs.mayFallAsleep() {
            timeout = 0
        } else if let deadline {
            let milliseconds = clock.now.duration(to: deadline).wholeMilliseconds + 1
            timeout = Int32(clamping: max(milliseconds, 0))
        }
        let wanted = Int16(POLLIN) | (library.pendingBytes > 0 ? Int16(POLLOUT) : 0)
        var polled = [
            pollfd(fd: library.socket, events: wanted, revents: 0),
            pollfd(fd: link.signal.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&polled, nfds_t(polled.count), timeout)
        guard ready > 0 else { return }
        if polled[0].revents & ~Int16(POLLOUT) != 0 { mayHaveFrames = true }
        if polled[1].revents != 0 { link.signal.clear() }
    }
}

// Performing what the machine decided.
extension ConnectionDriver {
    private func end(_ error: AMQPError?) { perform(machine.end(error)) }

    private func perform(_ actions: [ConnectionAction]) {
        var failure: AMQPError?
        for action in actions {
            // When a write fails the rest is done all the same: somebody waits for it.
            do throws(AMQPError) { try perform(action) } catch { failure = failure ?? error }
        }
        if let failure { end(failure) }
    }

    private func perform(_ action: ConnectionAction) throws(AMQPError) {
        switch action {
        case .send(let method, let channel):
            try library.write(method, on: channel)
        case .publish(let publication, let channel):
            try library.write(publication, on: channel)
        case .answer(let ticket, let result):
            desk.answer(ticket, result)
        case .settle(let ticket, let result):
            desk.settle(ticket, result)
        case .deliver(let event, let channel):
            desk.deliver(event, on: channel)
        case .channelEnded(let channel, let error):
            desk.end(channel, error)
            if error.code == .channelClosed, error.replyCode != nil {
                logger.notice("The broker closed a channel.", metadata: ["reason": "\(error)"])
            }
        case .blocked(let isBlocked):
            link.isBlocked = isBlocked
            logger.warning(
                isBlocked ? "The broker blocks publishing." : "The broker takes messages again.")
        case .ended(let error):
            reason = .some(error)
        }
    }
}
