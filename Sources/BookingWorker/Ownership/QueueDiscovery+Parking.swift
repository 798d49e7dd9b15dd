import BookingBroker
import BookingDomain
import Logging

// Events whose next message only another version of the program can read.
extension QueueDiscovery {
    /// An event is left alone from now on, with all that is in its queue: takes it off and tells the operator.
    func park(_ unknown: UnknownMessage) {
        parked.park(unknown.event, at: .now)
        tasks.leave(unknown.event)
        worker.metrics.parked()
        tellOfParked()
        worker.logger.error(
            "an event is parked until a worker comes that knows what is next in its line",
            metadata: ["event": "\(unknown.event)", "problem": "\(unknown.problem)"])
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
