import BookingCheck
import BookingDomain
import BookingHistory
import Testing

@Suite struct CheckerTests {
    @Test(
        "A run in which all went well is clean, and every rule had something to look at",
        arguments: 1...10 as ClosedRange<UInt64>)
    func clean(seed: UInt64) throws {
        let report = try RunModel(seed: seed).report()
        #expect(report.verdict == .clean, "\(report.text)")
        #expect(report.rulings.map(\.rule) == Rule.allCases)
        #expect(report.rulings.allSatisfy { $0.looked > 0 }, "\(report.text)")
        #expect(report.counts.unknownsResolved > 0)
        #expect(report.counts.unknownsResolved < report.counts.history.unknowns)
    }

    @Test("Every anomaly is caught by its rule", arguments: Anomaly.all)
    func caught(anomaly: Anomaly) throws {
        for seed in 1...2 as ClosedRange<UInt64> {
            var run = RunModel(seed: seed)
            try anomaly.plant(&run)
            let report = try run.report()
            let ruling = try #require(report.rulings.first { $0.rule == anomaly.rule })
            #expect(!ruling.holds, "seed \(seed)")
            #expect(!ruling.examples.isEmpty)
            #expect(report.verdict == .violated)
            #expect(report.text.contains("FAILED: \(anomaly.rule.title)"))
        }
    }

    @Test("Every rule has an anomaly that it catches")
    func everyRule() {
        #expect(Set(Anomaly.all.map(\.rule)) == Set(Rule.allCases))
    }

    @Test(
        "A run that did not see a rare event it was made for is void",
        arguments: RareEvent.allCases)
    func void(event: RareEvent) throws {
        let habit: RunModel.Habit =
            switch event {
            case .expiry: .punctual
            case .lateConfirmation: .lapsing
            case .redelivery, .duplicate, .fenced, .takeover, .unknown: .late
            }
        var run = RunModel(seed: 3, habit: habit)
        switch event {
        case .expiry: run.run.required.removeAll { $0 == .lateConfirmation }
        case .lateConfirmation: break
        case .redelivery: run.run.observed.redeliveries = 0
        case .duplicate: run.run.observed.duplicates = 0
        case .fenced: run.run.observed.fenced = 0
        case .takeover: run.run.observed.takeovers = 0
        case .unknown:
            // Without those requests their rows would be invented, so they were answered 503.
            for (index, record) in run.records.enumerated() {
                if case .post(var post) = record, post.answer == nil {
                    post.answer = BookingAnswer(status: 503, booking: nil, problem: "unavailable")
                    run.records[index] = .post(post)
                }
                if case .change(var change) = record, change.answer == nil {
                    change.answer = ChangeAnswer(status: 503, problem: "unavailable")
                    run.records[index] = .change(change)
                }
            }
        }
        let report = try run.report()
        #expect(report.verdict == .void, "\(report.text)")
        #expect(report.missing.count == 1)
        #expect(report.text.contains("The run did not see: "))
        run.run.required.removeAll { $0 == event }
        #expect(try run.report().verdict == .clean)
    }

    @Test("A run in which nothing was booked is void")
    func empty() throws {
        var run = RunModel(seed: 1)
        run.run = RunDescription(
            seed: 1, startedAt: "2026-11-21T00:00:00Z", minutes: 0, rate: 0, workers: 0,
            instances: 0, events: [])
        run.records = []
        run.tables = Tables()
        run.queues = QueueCounts(events: [:], deadLetters: 0)
        #expect(try run.report().missing == ["an accepted booking"])
    }

    @Test("A request that was hung up on before an answer could come is no unknown answer")
    func hasty() throws {
        var run = RunModel(seed: 3)
        for (index, record) in run.records.enumerated() {
            if case .post(var post) = record, post.answer == nil {
                post.isHasty = true
                run.records[index] = .post(post)
            }
            if case .change(var change) = record, change.answer == nil {
                change.answer = ChangeAnswer(status: 503, problem: "unavailable")
                run.records[index] = .change(change)
            }
        }
        let report = try run.report()
        #expect(report.verdict == .void)
        #expect(report.missing == ["an unknown answer resolved"])
    }

    @Test("A run in which a rule had nothing to look at is void")
    func blind() throws {
        var run = RunModel(seed: 3)
        run.records.removeAll {
            switch $0 {
            case .get, .changeLook: true
            case .post, .change, .event, .fault: false
            }
        }
        for (index, record) in run.records.enumerated() {
            if case .change(var change) = record {
                change.answer = nil
                run.records[index] = .change(change)
            }
            guard case .post(var post) = record, let booking = post.answer?.booking,
                booking.status != "pending"
            else { continue }
            post.answer = nil
            run.records[index] = .post(post)
        }
        let report = try run.report()
        #expect(report.verdict == .void, "\(report.text)")
        #expect(
            report.missing
                == [Rule.oneOutcome, .statusForward].map {
                    "anything to judge by \"\($0.title)\""
                })
    }

    @Test("A violation outweighs what was not seen")
    func violatedAndVoid() throws {
        var run = RunModel(seed: 1)
        run.run.observed.fenced = 0
        run.tables.shards[0].commands += 1
        let report = try run.report()
        #expect(report.verdict == .violated)
        #expect(report.missing == ["a stale epoch refused"])
    }

    @Test("A submission sent again after the outcome may be answered with 202: that is no look")
    func acceptedAgain() throws {
        var run = RunModel(seed: 2)
        try run.changePost(where: { $0.answer?.status == 202 }) { $0.end = 2 * RunModel.end }
        #expect(try run.report().verdict == .clean)
    }

    @Test("A run's description with an id that is none is refused")
    func badPlan() throws {
        var run = RunModel(seed: 1)
        run.run.poison.append(PoisonMessage(event: run.run.events[0].id, key: "x"))
        #expect(throws: CheckError.self) { try run.report() }
    }

    @Test("The report for machines holds the verdict and the examples")
    func json() throws {
        var run = RunModel(seed: 1)
        run.queues.deadLetters = 99
        let json = try run.report().json
        #expect(json.contains("\"verdict\" : \"violated\""))
        #expect(json.contains("99 dead letters"))
    }
}
