import BookingDomain

/// Puts the figures of several brokers of a cluster together, each line counted once.
///
/// Only the leader of a queue counts its messages, but a broker that was the leader goes on telling
/// its last figures for a while. Those never change any more; so of several brokers that tell of a
/// line, the one whose figure changed last is believed, and the highest figure as long as none has.
struct LeaderFigures: Sendable {
    private struct Figure {
        var count: Int
        /// The reading at which it was first seen to be another than before.
        var changedAt: Int
    }

    private var reading = 0
    /// The figures of each broker.
    private var figures: [[EventID: Figure]] = []

    /// The lines by what the brokers tell now, always in the same order.
    mutating func lines(_ told: [[EventID: Int]]) -> [EventID: Int] {
        reading += 1
        figures = told.enumerated().map { broker, lines in
            let before = figures.indices.contains(broker) ? figures[broker] : [:]
            return Dictionary(
                uniqueKeysWithValues: lines.map { event, count in
                    guard let old = before[event] else {
                        return (event, Figure(count: count, changedAt: 0))
                    }
                    let changedAt = old.count == count ? old.changedAt : reading
                    return (event, Figure(count: count, changedAt: changedAt))
                })
        }
        var best: [EventID: Figure] = [:]
        for (event, figure) in figures.joined() {
            if let other = best[event],
                (other.changedAt, other.count) >= (figure.changedAt, figure.count)
            {
                continue
            }
            best[event] = figure
        }
        return best.mapValues(\.count)
    }
}
