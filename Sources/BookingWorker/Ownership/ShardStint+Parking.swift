import BookingBroker
import BookingDomain
import Logging

// Events whose next message only another version of the program can read.
extension ShardStint {
    /// Leaves a message in its line, with all that is behind it, and tells the operator; returns what is left
    /// to do of `rest`.
    ///
    /// Acknowledging is by channel, so all that came behind it on its channel is left as well; what
    /// is of other events comes again at once, on a new channel.
    func park(
        _ unknown: UnknownMessage, leaving rest: ArraySlice<QueuedMessage>,
        to consumer: ShardConsumer
    ) -> ArraySlice<QueuedMessage> {
        consumer.leave(unknown.event, at: unknown.place)
        parked.park(unknown.event, at: .now)
        agenda.leave(unknown.event)
        worker.metrics.parked()
        tellOfParked()
        worker.logger.error(
            "an event is parked until a worker comes that knows what is next in its line",
            metadata: ["event": "\(unknown.event)", "problem": "\(unknown.problem)"])
        return rest.filter { $0.place.channel != unknown.place.channel }[...]
    }

    /// Takes in which events are consumed of those that are `wanted`: what was tried again, and was not parked
    /// once more, is parked no longer.
    func unpark(_ consumed: Set<EventID>, among wanted: [EventID]) {
        for event in parked.look(consumed: consumed, wanted: wanted) {
            worker.logger.notice(
                "an event is parked no longer", metadata: ["event": "\(event)"])
        }
        tellOfParked()
    }

    private func tellOfParked() {
        let count = parked.count
        worker.condition.parked(count)
        worker.metrics.parked(count)
    }
}
