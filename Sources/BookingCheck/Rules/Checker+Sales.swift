import BookingDomain
import BookingHistory

/// Who was refused, and whether there was nothing to be had.
extension Checker {
    /// Nobody was refused while there were places, and what enough people wanted is sold out.
    func notUndersold() -> Ruling {
        var ruling = Ruling(.notUndersold)
        for event in events {
            ruling.look(at: event.projection.refusedAsSoldOut)
            for sequence in event.projection.refusedWithPlaces {
                ruling.report(
                    Violation("sold out, with places left", event: event.id, sequence: sequence))
            }
            for (number, allotment) in event.sale?.ticketTypes ?? [:]
            where allotment.demandSuffices {
                ruling.look()
                let left = event.projection.places[number]?.available ?? 0
                if left > 0 {
                    ruling.report(
                        Violation(
                            "\(left) of \(allotment.capacity) places of ticket type \(number) left",
                            event: event.id))
                }
            }
        }
        let refusals = Dictionary(grouping: evidence.history.refusals, by: \.event)
        for event in events {
            guard let refusals = refusals[event.id] else { continue }
            checkRefusals(refusals, of: event, &ruling)
        }
        return ruling
    }

    /// Places come back, so a refusal at the door must have been right at some moment: not long before the
    /// request was sent, or until it was answered.
    private func checkRefusals(
        _ refusals: [History.Refusal], of event: EventEvidence, _ ruling: inout Ruling
    ) {
        let timeline = Timeline(of: event, self)
        for refusal in refusals {
            ruling.look()
            let window = timeline.window(of: refusal.span)
            let isDue = refusal.basket.items.contains { item in
                let wanted = item.quantity.rawValue
                switch refusal.cause {
                case .soldOut:
                    let steps = event.projection.obtainable[item.ticketType] ?? []
                    return steps.counts(from: window.first, to: window.last)
                        .contains { wanted > $0 }
                case .limitExceeded:
                    let allowance = Allowance(user: refusal.user, ticketType: item.ticketType)
                    guard let limit = event.sale?.ticketTypes[item.ticketType]?.maxPerUser else {
                        return false
                    }
                    let steps = event.projection.taken[allowance] ?? [.init(sequence: 0, count: 0)]
                    return steps.counts(from: window.first, to: window.last)
                        .contains { $0 + wanted > limit }
                }
            }
            if !isDue {
                let why =
                    switch refusal.cause {
                    case .soldOut: "as sold out, yet there were places all the time"
                    case .limitExceeded: "for a limit that was not spent at any time"
                    }
                ruling.report(
                    Violation("turned away \(why)", event: event.id, time: refusal.span.end))
            }
        }
    }
}

/// How far an event's line had come at the times of a run, as far as its clients can tell.
private struct Timeline {
    /// When a sequence was seen, in the order of the times; the highest so far.
    private var seen: [(time: Int64, sequence: Int64)] = []
    /// Before when no later command than that was sent, in the order of the times.
    private var begun: [(time: Int64, sequence: Int64)] = []
    private let last: Int64

    /// What the door knows may be that old, in microseconds: a second by contract, and what it takes to read it.
    private static let knowledgeAgeMax: Int64 = 2_000_000

    init(of event: EventEvidence, _ checker: Checker) {
        last = event.log.entries.last?.sequence ?? 0
        let history = checker.evidence.history
        for sighting in history.sightings where sighting.id.event == event.id {
            if let sequence = sighting.asOfSequence ?? sighting.sequence {
                seen.append((sighting.span.end, sequence))
            }
        }
        seen.sort { $0.time < $1.time }
        for index in seen.indices.dropFirst() {
            seen[index].sequence = max(seen[index].sequence, seen[index - 1].sequence)
        }
        for entry in event.log.entries {
            if let start = checker.times(of: entry)?.start { begun.append((start, entry.sequence)) }
        }
        begun.sort { $0.time < $1.time }
        for index in begun.indices.dropLast().reversed() {
            begun[index].sequence = min(begun[index].sequence, begun[index + 1].sequence)
        }
    }

    /// The last sequences that may have been in force from `span` on, and until its end.
    func window(of span: BookingHistory.Span) -> (first: Int64, last: Int64) {
        let start = span.start - Self.knowledgeAgeMax
        let known = seen.partitioned { $0.time > start }
        let first = known > 0 ? seen[known - 1].sequence : 0
        let later = begun.partitioned { $0.time >= span.end }
        let end = later < begun.count ? begun[later].sequence - 1 : last
        return (first, max(first, end))
    }
}

extension Array {
    /// The first place where `condition` holds, which holds of all that come after; the count if of none.
    fileprivate func partitioned(_ condition: (Element) -> Bool) -> Int {
        var (start, end) = (0, count)
        while start < end {
            let middle = (start + end) / 2
            if condition(self[middle]) { end = middle } else { start = middle + 1 }
        }
        return start
    }
}
