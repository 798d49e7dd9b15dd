import BookingDomain
import BookingMessages

/// How large batches and the room before them may grow.
struct BatchLimits: Hashable, Sendable {
    /// The most commands of one message.
    var commandsMax = CommandMessage.commandsMax
    /// The most bytes of one message.
    var bytesMax = CommandMessage.bytesMax
    /// The most commands that may gather for one event while a batch of it is on its way.
    var gatheredPerEventMax = 10_000
    /// The most commands that may gather for all events together.
    var gatheredMax = 50_000

    /// The most batches on their way to the broker at a time, over all events.
    ///
    /// So many keep the broker busy; more would only wait there, where they cannot grow.
    var flightsMax = 128
    /// How long a batch on its way counts there, at most.
    var flightMemory = Duration.milliseconds(100)

    /// The shortest time from a batch of at least ``busyMin`` commands to the event's next.
    ///
    /// A message costs all hops after this one the same however many commands it carries: in a rush,
    /// fewer and larger ones let more bookings through.
    var busyInterval = Duration.milliseconds(6)
    /// With how many commands in a batch a line counts as busy.
    var busyMin = 8

    /// The bytes of a message around its commands, at most.
    static let envelopeBytes = 128

    /// The bytes that `command` takes in a message, at most.
    static func bytesBound(of command: Command) -> Int {
        switch command.body {
        case .book(let basket, _): 240 + 40 * basket.items.count
        case .change, .tick, .undecodable: 300
        }
    }
}
