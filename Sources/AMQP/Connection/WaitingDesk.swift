/// Who waits for what on a connection: tickets to whom to tell, channel numbers to mailboxes.
///
/// What is known is kept until `resumeAll`, so that one turn of the thread resumes in bulk. One
/// thread owns it.
struct WaitingDesk {
    private struct Request {
        var continuation: RequestContinuation
        var opening: ChannelMailbox?
    }

    private var lastTicket: Ticket = 0
    private var requests: [Ticket: Request] = [:]
    private var publishes: [Ticket: AMQPChannel.Completion] = [:]
    private var mailboxes: [UInt16: ChannelMailbox] = [:]

    private var answered: [(RequestContinuation, Result<Reply, AMQPError>)] = []
    private var settled: [(AMQPChannel.Completion, Result<AMQPConfirmation, AMQPError>)] = []
    private var events: [AMQPChannelEvent] = []
    /// The channel that the last of these events came on, and the inbox they go to.
    private var eventsChannel: UInt16 = 0
    private var eventsInbox: AMQPInbox?

    /// Gives a waiting request its ticket.
    mutating func enter(
        _ continuation: RequestContinuation, opening mailbox: ChannelMailbox? = nil
    ) -> Ticket {
        lastTicket += 1
        requests[lastTicket] = Request(continuation: continuation, opening: mailbox)
        return lastTicket
    }

    /// Gives a waiting publish its ticket.
    mutating func enter(_ completion: @escaping AMQPChannel.Completion) -> Ticket {
        lastTicket += 1
        publishes[lastTicket] = completion
        return lastTicket
    }

    mutating func answer(_ ticket: Ticket, _ result: Result<Reply, AMQPError>) {
        guard let request = requests.removeValue(forKey: ticket) else { return }
        if case .success(.opened(let channel)) = result {
            mailboxes[channel.number] = request.opening
        }
        answered.append((request.continuation, result))
    }

    mutating func settle(_ ticket: Ticket, _ result: Result<AMQPConfirmation, AMQPError>) {
        guard let completion = publishes.removeValue(forKey: ticket) else { return }
        settled.append((completion, result))
    }

    mutating func deliver(_ event: AMQPChannelEvent, on channel: UInt16) {
        if channel != eventsChannel {
            let inbox = mailboxes[channel]?.inbox
            if inbox !== eventsInbox { passOnEvents() }
            (eventsChannel, eventsInbox) = (channel, inbox)
        }
        events.append(event)
    }

    mutating func end(_ channel: ChannelID, _ error: AMQPError) {
        passOnEvents()
        // Another channel may get its number, and another inbox with it.
        (eventsChannel, eventsInbox) = (0, nil)
        mailboxes.removeValue(forKey: channel.number)?.end(error)
    }

    /// Hands out everything known since the last time.
    mutating func resumeAll() {
        passOnEvents()
        for (completion, result) in settled { completion(result) }
        settled.removeAll(keepingCapacity: true)
        for (continuation, result) in answered { continuation.resume(returning: result) }
        answered.removeAll(keepingCapacity: true)
    }

    private mutating func passOnEvents() {
        guard !events.isEmpty else { return }
        let passedOn = events
        // Lets go of the events, so that the inbox can take them as they are.
        events = []
        eventsInbox?.append(passedOn)
    }
}
