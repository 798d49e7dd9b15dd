import BookingDomain
import BookingHistory

/// Owners of shards, and what is left when all is over.
extension Checker {
    /// Nothing was applied under the epoch of an owner who had been replaced.
    func epochs() -> Ruling {
        var ruling = Ruling(.epochs)
        for event in events {
            var last: Int64 = 0
            for (first, epoch) in event.log.epochs {
                ruling.look()
                if epoch < last {
                    ruling.report(
                        Violation(
                            "applied under epoch \(epoch) after \(last)", event: event.id,
                            sequence: first))
                }
                last = max(last, epoch)
            }
        }
        var applied: [ShardNumber: Int] = [:]
        for event in events {
            applied[event.id.shard, default: 0] += event.log.entries.count {
                !evidence.plan.outsideKeys.contains(BookingKey(bits: $0.command.bits))
            }
        }
        for shard in evidence.tables.shards {
            ruling.look()
            let count = applied[shard.shard, default: 0]
            if shard.commands != count {
                ruling.report(
                    Violation(
                        "shard \(shard.shard) counted \(shard.commands) commands, "
                            + "its workers' entries are \(count)"))
            }
            for audit in shard.audits {
                ruling.look(at: audit.commits)
                if audit.writerEpoch != audit.leaseEpoch {
                    ruling.report(
                        Violation(
                            "shard \(shard.shard): \(audit.commits) commits of epoch "
                                + "\(audit.writerEpoch) while the lease was at \(audit.leaseEpoch)")
                    )
                }
            }
        }
        return ruling
    }

    /// Nothing is left in the queues, no batch was refused, and the API tells what the tables hold.
    func drained() -> Ruling {
        var ruling = Ruling(.drained)
        for (event, ready) in evidence.queues.events.sorted(by: { $0.key < $1.key }) {
            ruling.look()
            if ready > 0 {
                ruling.report(
                    Violation("\(ready) messages are left in the event's queue", event: event))
            }
        }
        ruling.look(at: 3)
        let (letters, poison) = (evidence.queues.deadLetters, evidence.plan.poisonCount)
        if letters != poison {
            ruling.report(
                Violation("\(letters) dead letters of \(poison) poisonous messages"))
        }
        let refused = evidence.plan.observed.refusedBatches
        if refused > 0 {
            ruling.report(Violation("the database refused \(refused) batches"))
        }
        checkDecided(&ruling)
        checkAvailability(&ruling)
        return ruling
    }

    /// The workers counted no decision that is not in the tables, nor, in a calm run, missed one.
    private func checkDecided(_ ruling: inout Ruling) {
        let observed = evidence.plan.observed
        let rows = evidence.tables.bookings.count {
            !evidence.plan.outsideKeys.contains($0.booking.key)
        }
        if observed.decided > rows || observed.isDecidedExact && observed.decided < rows {
            ruling.report(
                Violation("the workers counted \(observed.decided) decisions of \(rows) rows"))
        }
    }

    /// Every instance told in the end what the tables hold.
    private func checkAvailability(_ ruling: inout Ruling) {
        for event in evidence.tables.events {
            let available = Dictionary(
                event.ticketTypes.map { ($0.number, $0.available) },
                uniquingKeysWith: { first, _ in first })
            for instance in 0..<evidence.plan.instances {
                ruling.look()
                guard let look = evidence.history.lastEventSightings[event.id]?[instance] else {
                    ruling.report(
                        Violation("instance \(instance) was not asked", event: event.id))
                    continue
                }
                if look.available != available {
                    ruling.report(
                        Violation(
                            "instance \(instance) says \(look.available.words) are available, "
                                + "the table says \(available.words)",
                            event: event.id, time: look.span.end))
                }
            }
        }
    }
}

extension [TicketTypeNumber: Int] {
    /// `1: 5, 2: 0`.
    fileprivate var words: String {
        sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }
}
