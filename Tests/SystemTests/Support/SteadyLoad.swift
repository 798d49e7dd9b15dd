import BookingLoad
import Synchronization

/// A stream of bookings over several events while something else goes on, each acceptance recorded.
struct SteadyLoad: Sendable {
    /// One request and what its sender saw.
    struct Entry: Sendable {
        let event: EventDocument
        let session: Session
        let record: SubmissionRecord

        /// Its id, if it was accepted.
        var acceptedID: String? {
            switch record.outcome {
            case .open(let id): id
            // Sent again after an answer that left open whether it was taken; it had been.
            case .decided(let booking): booking.id
            case .refused, .lost, .unanswered: nil
            }
        }
    }

    let client: BookingClient
    let crowd: Crowd
    let events: [EventDocument]
    /// Tells this load's keys from those of any other.
    let name: String
    /// Requests a second, over all senders.
    var rate = 150
    var senders = 30
    /// How long a sender tries to get one request accepted.
    var patience = Duration.seconds(60)
    /// What all times are counted from; the same for loads whose entries are checked together.
    var epoch = ContinuousClock.now

    /// Sends until `body` returns; then every sender finishes the request it is at.
    func run(during body: () async throws -> Void) async throws -> [Entry] {
        let isOver = Flag()
        let submitter = Submitter(
            client: client, waitSeconds: 0, patience: patience, epoch: epoch)
        return try await withThrowingTaskGroup(of: [Entry].self) { group in
            for sender in 0..<senders {
                group.addTask { try await send(as: sender, by: submitter, until: isOver) }
            }
            do { try await body() } catch {
                group.cancelAll()
                throw error
            }
            isOver.raise()
            var entries: [Entry] = []
            for try await sent in group { entries += sent }
            return entries
        }
    }

    private func send(
        as sender: Int, by submitter: Submitter, until isOver: Flag
    ) async throws -> [Entry] {
        let interval = Duration.seconds(1) * senders / rate
        var next = ContinuousClock.now + interval * sender / senders
        var entries: [Entry] = []
        while !isOver.isRaised {
            // Late senders do not catch up: an outage is not followed by a flood.
            next = max(next, .now)
            try await Task.sleep(until: next, tolerance: .zero, clock: .continuous)
            next += interval
            let number = entries.count
            let event = events[(sender + number) % events.count]
            let session = crowd.buyers[(sender + number / events.count) % crowd.buyers.count]
            let record = try await submitter.submit(
                BookingRequest(
                    buyer: sender + 1, session: session, event: event.id,
                    key: "\(name)-\(sender)-\(number)", items: items(of: event, number: number),
                    instance: sender + number))
            entries.append(Entry(event: event, session: session, record: record))
        }
        return entries
    }

    /// Baskets of all kinds: single tickets, several of a type, several types.
    private func items(of event: EventDocument, number: Int) -> [BookingDocument.Item] {
        let first = BookingDocument.Item(
            ticketTypeId: event.ticketTypes[number % event.ticketTypes.count].id,
            quantity: 1 + number % 3)
        guard number.isMultiple(of: 4), event.ticketTypes.count > 1 else { return [first] }
        let second = BookingDocument.Item(
            ticketTypeId: event.ticketTypes[(number + 1) % event.ticketTypes.count].id,
            quantity: 1)
        return [first, second]
    }
}

/// Raised once, seen by all.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raise() { value.store(true, ordering: .releasing) }
}
