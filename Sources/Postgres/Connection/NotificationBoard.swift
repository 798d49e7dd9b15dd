internal import Logging

/// Who listens to which channel of a connection.
struct NotificationBoard {
    private var subscriptions: [String: [Subscription]] = [:]

    var isEmpty: Bool { subscriptions.isEmpty }

    /// Adds a reader; true if the channel is new to the session.
    mutating func add(_ subscription: Subscription) -> Bool {
        subscriptions[subscription.channel, default: []].append(subscription)
        return subscriptions[subscription.channel]?.count == 1
    }

    /// Removes a reader; true if it was the last of its channel.
    mutating func remove(_ subscription: Subscription) -> Bool {
        guard var readers = subscriptions[subscription.channel],
            let index = readers.firstIndex(where: { $0.id == subscription.id })
        else { return false }
        readers.remove(at: index)
        subscriptions[subscription.channel] = readers.isEmpty ? nil : readers
        return readers.isEmpty
    }

    /// Passes a notification on.
    func deliver(_ notification: PostgresNotification, logger: Logger) {
        for subscription in subscriptions[notification.channel] ?? [] {
            if case .dropped = subscription.continuation.yield(notification) {
                logger.warning(
                    "A notification was dropped because its reader is too slow",
                    metadata: ["channel": "\(notification.channel)"])
            }
        }
    }

    /// Ends all sequences.
    func finish() {
        for subscription in subscriptions.values.joined() { subscription.continuation.finish() }
    }
}
