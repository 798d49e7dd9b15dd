import BookingCheck
import BookingDomain
import BookingHistory
import Testing

extension Anomaly {
    /// What may go wrong with the rows.
    static let rows = [
        Anomaly(.nothingLost, "an accepted booking has no row") { run in
            let model = run
            run.tables.bookings.remove(at: try run.row(where: model.isAnswered))
        },
        Anomaly(.nothingInvented, "a row stems from no request") { run in
            let model = run
            try run.changeRow(where: model.isAnswered) {
                $0.key = BookingKey(bits: $0.key.bits ^ 1)
            }
        },
        Anomaly(.nothingInvented, "a row is another user's than the request") { run in
            let model = run
            try run.changeRow(where: model.isAnswered) { $0.user = RunModel.user(777) }
        },
        Anomaly(.nothingInvented, "a row is held, and nobody asked for that") { run in
            let model = run
            try run.changeRow(where: { $0.flags == [] && model.isAnswered($0) }) {
                $0.flags = .hold
            }
        },
        Anomaly(.nothingLost, "an accepted change has no row") { run in
            let model = run
            run.tables.changes.remove(
                at: try #require(
                    run.tables.changes.firstIndex { model.isAnswered($0) }))
        },
        Anomaly(.rowsAgree, "a row stands otherwise than the log says") { run in
            try run.changeRow(where: { $0.status == .cancelled }) { $0.status = .confirmed }
        },
        Anomaly(.rowsAgree, "a row was not changed by the last of its entries") { run in
            try run.changeRow(where: { $0.status == .confirmed && $0.asOfSequence > $0.sequence }) {
                $0.asOfSequence = $0.sequence
            }
        },
        Anomaly(.rowsAgree, "a row has another sequence than its entry") { run in
            try run.changeRow(where: { $0.sequence == 10 }) { $0.sequence = 11 }
        },
        Anomaly(.rowsAgree, "a change was refused by its row and applied by the log") { run in
            let index = try #require(run.tables.changes.firstIndex { $0.refusal == nil })
            let change = run.tables.changes[index]
            run.tables.changes[index] = Change(
                command: change.command, event: change.event, booking: change.booking,
                sequence: change.sequence, refusal: .notConfirmable)
        },
        Anomaly(.rowsAgree, "a change stands in the rows alone") { run in
            let change = run.tables.changes[0]
            run.tables.changes.append(
                Change(
                    command: CommandID(bits: change.command.bits ^ 1), event: change.event,
                    booking: change.booking, sequence: change.sequence, refusal: nil))
        },
        Anomaly(.nothingInvented, "a row has another basket than the request") { run in
            let model = run
            try run.changeRow(where: model.isAnswered) { $0.basket = .of([1: 7]) }
        },
        Anomaly(.nothingInvented, "a key stands in the tables twice") { run in
            run.tables.bookings.append(run.tables.bookings[0])
        },
        Anomaly(.countersAgree, "a counter is one too low") { run in
            run.tables.events[0].ticketTypes[0].confirmed -= 1
        },
        Anomaly(.countersAgree, "the event counted a command too many") { run in
            run.tables.events[1].sequence += 1
        },
        Anomaly(.countersAgree, "the capacity is not the one that was asked for") { run in
            run.tables.events[1].ticketTypes[1].capacity += 1
            run.tables.events[1].ticketTypes[1].available += 1
        },
        Anomaly(.countersAgree, "an event is gone") { run in run.tables.events.removeLast() },
        Anomaly(.talliesAgree, "a buyer's tally is one too low") { run in
            run.tables.tallies[0].taken -= 1
        },
        Anomaly(.talliesAgree, "a buyer who has something has no tally") { run in
            if let index = run.tables.tallies.lastIndex(where: { $0.taken > 0 }) {
                run.tables.tallies.remove(at: index)
            }
        },
        Anomaly(.talliesAgree, "a buyer who has nothing has a tally") { run in
            let tally = run.tables.tallies[0]
            run.tables.tallies.append(
                StoredTally(
                    event: tally.event,
                    allowance: Allowance(
                        user: RunModel.user(777), ticketType: tally.allowance.ticketType),
                    taken: 1))
        },
        Anomaly(.talliesAgree, "an event was not tallied to its end") { run in
            let event = run.tables.tallies[0].event
            run.tables.tallied[event] = 10
        },
        Anomaly(.notUndersold, "places were left though enough people wanted them") { run in
            let number = try #require(
                run.run.events.firstIndex { !$0.ticketTypes[0].demandSuffices })
            run.run.events[number].ticketTypes[0].demandSuffices = true
        },
        Anomaly(.notUndersold, "one was turned away from an event with places left") { run in
            let event = try #require(
                run.run.events.first { !$0.ticketTypes[0].demandSuffices })
            try run.changePost(where: { $0.event == event.id && $0.answer?.status == 503 }) {
                $0.answer = BookingAnswer(status: 409, booking: nil, problem: "sold-out")
            }
        },
        Anomaly(.notUndersold, "one was turned away for a limit that is not spent") { run in
            try run.changePost(where: { $0.answer?.status == 503 }) {
                $0.answer = BookingAnswer(
                    status: 409, booking: nil, problem: "limit-exceeded")
            }
        },
        Anomaly(.epochs, "a commit went through under a stale epoch") { run in
            run.tables.shards[0].audits[0].writerEpoch -= 1
        },
        Anomaly(.epochs, "the shard counted a command too many") { run in
            run.tables.shards[1].commands += 1
        },
    ]

    /// What may go wrong with the answers.
    static let answers = [
        Anomaly(.oneOutcome, "an answer tells another status than the row") { run in
            try run.changePost(where: { $0.answer?.status == 201 }) {
                $0.answer?.booking?.status = "rejected"
                $0.answer?.booking?.reason = "sold_out"
            }
        },
        Anomaly(.oneOutcome, "an answer tells another sequence than the row") { run in
            try run.changeGet(where: { $0.answer?.booking?.sequence != nil }) {
                $0.answer?.booking?.sequence = 99
            }
        },
        Anomaly(.oneOutcome, "an answer tells another time than the row") { run in
            try run.changeGet(where: { $0.answer?.booking?.decidedAt != nil }) {
                $0.answer?.booking?.decidedAt = "2026-11-21T00:00:00.123456Z"
            }
        },
        Anomaly(.oneOutcome, "an answer tells other items than were asked for") { run in
            try run.changePost(where: { $0.answer?.booking != nil }) {
                $0.answer?.booking?.items[0].quantity += 10
            }
        },
        Anomaly(.oneOutcome, "two answers to one request have two ids") { run in
            var other: (key: String, user: String, event: String)?
            try run.changePost(where: { $0.attempt == 1 && $0.answer?.booking != nil }) {
                other = ($0.key, $0.user, $0.event)
            }
            let request = try #require(other)
            let strays = run.records.compactMap { record -> PostRecord? in
                guard case .post(let post) = record, post.answer?.booking != nil,
                    post.key != request.key, post.event == request.event
                else { return nil }
                return post
            }
            var stray = try #require(strays.last)
            (stray.key, stray.user) = (request.key, request.user)
            run.records.append(.post(stray))
        },
        Anomaly(.oneOutcome, "a look shows another booking than was asked for") { run in
            try run.changeGet(where: { $0.answer?.booking != nil }) { $0.booking = "unknown" }
        },
        Anomaly(.oneOutcome, "an answer shows a hold that ends at another time") { run in
            try run.changeGet(where: { $0.answer?.booking?.expiresAt != nil }) {
                $0.answer?.booking?.expiresAt = "2026-11-21T00:00:00.123456Z"
            }
        },
        Anomaly(.oneOutcome, "an answer shows a state that the log has elsewhere") { run in
            try run.changeGet(where: { $0.answer?.booking?.status == "cancelled" }) {
                let sequence = $0.answer?.booking?.sequence
                $0.answer?.booking?.asOfSequence = sequence
            }
        },
        Anomaly(.oneOutcome, "a change is answered as applied that was refused") { run in
            try run.changeChangeLook(where: { $0.answer?.outcome == "refused" }) {
                $0.answer?.outcome = "applied"
                $0.answer?.reason = nil
            }
        },
        Anomaly(.oneOutcome, "a change that was sent again has another id") { run in
            var other: String?
            try run.changeChange(where: { $0.answer?.change != nil }) { other = $0.answer?.change }
            let (first, model) = (try #require(other), run)
            try run.changeChange(
                where: { asked in
                    guard let id = asked.answer?.change, id != first else { return false }
                    return model.records.contains {
                        guard case .change(let again) = $0 else { return false }
                        return again.answer?.change == id && again.attempt != asked.attempt
                    }
                }
            ) { $0.answer?.change = first }
        },
        Anomaly(.oneOutcome, "a look shows another change than was asked for") { run in
            try run.changeChangeLook(where: { $0.answer?.change != nil }) { $0.change = "unknown" }
        },
        Anomaly(.statusForward, "a change is pending after it was decided") { run in
            try run.changeChangeLook(where: { $0.answer?.outcome == "pending" }) {
                $0.start = RunModel.end
                $0.end = RunModel.end + 10
            }
        },
        Anomaly(.statusForward, "a booking is held after it was seen confirmed") { run in
            try run.repeatLook(at: { $0.status == "held" })
        },
        Anomaly(.answersSensible, "a request to cancel was answered with a hold's refusal") { run in
            try run.changeChange(where: { $0.verb == .cancel && $0.answer?.status == 202 }) {
                $0.answer = ChangeAnswer(
                    status: 409, booking: $0.answer?.booking, problem: "hold-expired")
            }
        },
        Anomaly(.answersSensible, "a change that was accepted was not found") { run in
            try run.changeChangeLook(where: { _ in true }) {
                $0.answer = ChangeAnswer(status: 404, problem: "not-found")
            }
        },
        Anomaly(.answersSensible, "what is held was not confirmed") { run in
            try run.changeChange(
                where: { $0.verb == .confirm && $0.answer?.booking?.status == "held" }
            ) {
                $0.answer = ChangeAnswer(
                    status: 409, booking: $0.answer?.booking, problem: "not-confirmable")
            }
        },
        Anomaly(.answersSensible, "a confirmation without a change, of what is not confirmed") {
            run in
            try run.changeChange(
                where: { $0.verb == .confirm && $0.answer?.booking?.status == "held" }
            ) { $0.answer = ChangeAnswer(status: 200, booking: $0.answer?.booking) }
        },
        Anomaly(.statusForward, "a booking is pending after it was decided") { run in
            try run.changeGet(where: {
                $0.answer?.booking?.sequence != nil && $0.end >= RunModel.end
            }) {
                $0.start = RunModel.end
                $0.answer?.booking?.status = "pending"
            }
        },
        Anomaly(.statusForward, "a booking was shown decided otherwise before") { run in
            try run.changeGet(where: { $0.answer?.booking?.status == "rejected" }) {
                $0.start = 0
                $0.end = 0
                $0.answer?.booking?.status = "confirmed"
            }
        },
        Anomaly(.answersSensible, "a submission was answered with 500") { run in
            try run.changePost(where: { $0.answer?.status == 202 }) {
                $0.answer = BookingAnswer(status: 500, booking: nil, problem: nil)
            }
        },
        Anomaly(.answersSensible, "one was turned away for no reason there is") { run in
            try run.changePost(where: { $0.answer?.status == 503 }) {
                $0.answer = BookingAnswer(status: 409, booking: nil, problem: "event-closed")
            }
        },
        Anomaly(.answersSensible, "an accepted booking was not found") { run in
            try run.changeGet(where: { $0.answer?.status == 200 }) {
                $0.answer = BookingAnswer(status: 404, booking: nil, problem: "not-found")
            }
        },
        Anomaly(.answersSensible, "an acceptance came without its booking") { run in
            try run.changePost(where: { $0.answer?.status == 202 }) { $0.answer?.booking = nil }
        },
        Anomaly(.answersSensible, "an answer tells a status there is not") { run in
            try run.changeGet(where: { $0.answer?.status == 200 }) {
                $0.answer?.booking?.status = "sold"
            }
        },
        Anomaly(.drained, "a queue is not empty") { run in
            let event = try #require(run.queues.events.keys.min())
            run.queues.events[event] = 3
        },
        Anomaly(.drained, "a poisonous message left no dead letter") { run in
            run.queues.deadLetters -= 1
        },
        Anomaly(.drained, "a good message became a dead letter") { run in
            run.queues.deadLetters += 2
        },
        Anomaly(.drained, "a batch was refused by the database") { run in
            run.run.observed.refusedBatches = 1
        },
        Anomaly(.drained, "the workers counted more decisions than there are rows") { run in
            run.run.observed.decided += 1
            run.run.observed.isDecidedExact = false
        },
        Anomaly(.drained, "a decision of a calm run was not counted") { run in
            run.run.observed.decided -= 1
        },
        Anomaly(.drained, "one instance was not asked for the events in the end") { run in
            run.run.instances += 1
        },
        Anomaly(.drained, "one instance says that more is available than the table") { run in
            for (index, record) in run.records.enumerated() {
                guard case .event(var look) = record, look.instance == 1 else { continue }
                look.start += RunModel.end
                let types = look.answer?.available ?? [:]
                look.answer?.available = types.mapValues { $0 + 1 }
                run.records[index] = .event(look)
            }
        },
        Anomaly(.drained, "nobody looked at the events in the end") { run in
            run.records.removeAll { if case .event = $0 { true } else { false } }
        },
    ]
}
