/// How a message is tried that was in the hands of workers when they died, by how many died trying it alone.
///
/// First the message is applied alone, as it is. Then its commands are applied one by one, so that those
/// before the killer are decided when the worker dies. Then the first one not decided is the killer, and
/// fails. A message that kills even so, before its commands can be read, goes to the dead unread.
enum SuspectTreatment: Hashable, Sendable {
    case whole
    case oneByOne
    case oneByOneButTheKiller
    case unread

    private static let oneByOneTrial = WorkerLimits.suspectTrialsMax + 1
    private static let lastTrial = oneByOneTrial + WorkerLimits.killerTrialsMax

    /// - Parameter trial: How many processes tried it alone and did not survive that, this one included.
    init(trial: Int) {
        self =
            if trial < Self.oneByOneTrial {
                .whole
            } else if trial == Self.oneByOneTrial {
                .oneByOne
            } else if trial <= Self.lastTrial {
                .oneByOneButTheKiller
            } else {
                .unread
            }
    }
}
