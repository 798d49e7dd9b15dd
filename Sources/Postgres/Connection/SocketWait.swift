internal import Glibc

/// Waits, on the connection's thread, for the socket, the mailbox's bell or a deadline.
struct SocketWait {
    /// What the socket is ready for; neither after a ring of the bell.
    struct Readiness {
        var canRead = false
        var canWrite = false
    }

    let mailbox: ConnectionMailbox

    /// Waits until there is something to do on the connection.
    ///
    /// Jobs whose time runs out while they wait for their turn are failed on the way.
    func wait(
        on socket: Int32, reading: Bool = true, writing: Bool = false,
        until deadline: ContinuousClock.Instant? = nil
    ) throws(ExchangeFailure) -> Readiness {
        let now = ContinuousClock.now
        mailbox.failExpired(at: now)
        guard !mailbox.isToStopAtOnce else { throw .stopped }
        if let deadline, deadline <= now { throw .expired }
        let next = [deadline, mailbox.nextDeadline].compactMap { $0 }.min()
        // Two rounds of `poll` wait for a deadline beyond the 24 days that fit its argument.
        let timeout = next.map { (now.duration(to: $0)).milliseconds } ?? -1

        let events = (reading ? POLLIN : 0) | (writing ? POLLOUT : 0)
        var descriptors = [
            pollfd(fd: socket, events: Int16(events), revents: 0),
            pollfd(fd: mailbox.bellDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&descriptors, nfds_t(descriptors.count), timeout) > 0 else {
            return Readiness()
        }
        if descriptors[1].revents != 0 { mailbox.silenceBell() }
        let happened = Int32(descriptors[0].revents)
        // A broken socket is ready for both: the next call on it learns what is wrong.
        let isBroken = happened & (POLLERR | POLLHUP | POLLNVAL) != 0
        return Readiness(
            canRead: happened & POLLIN != 0 || isBroken,
            canWrite: happened & POLLOUT != 0 || isBroken)
    }
}
