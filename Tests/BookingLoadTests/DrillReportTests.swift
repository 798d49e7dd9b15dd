import Testing

@testable import BookingLoad

@Suite("A drill's report")
struct DrillReportTests {
    private func report(of sales: [Sale], seats: Int = 10) -> DrillReport {
        let rounds = sales.enumerated().map { index, sale in
            RoundReport(
                number: index + 1, event: "event-\(index + 1)",
                submissions: sale.evidence.submissions, line: sale.evidence.line,
                verdicts: RoundChecker.verdicts(on: sale.evidence))
        }
        return DrillReport(
            configuration: DrillConfiguration(seats: seats, rounds: sales.count), rounds: rounds)
    }

    @Test("A clean round shows who got what, and that all is well")
    func cleanRound() {
        let report = report(of: [Sale()])
        #expect(report.isClean)
        let lines = report.text.split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(lines.first == "Drill: 50 buyers for 10 seats")
        #expect(lines.contains("10 buyer 10 confirmed 4.0 ms"))
        #expect(lines.contains("12…50 39 more sold_out"))
        #expect(lines.contains("confirmed 10 10"))
        #expect(lines.contains("sold_out 40 40"))
        #expect(lines.contains("not oversold ok 1"))
        #expect(lines.last == "All is well.")
    }

    @Test("A fault is printed with its round, what was expected and what was seen")
    func deviatingRound() {
        var bad = Sale()
        bad.confirm(11)
        let report = report(of: [Sale(), bad, Sale()])
        #expect(!report.isClean)
        let notOversold = report.text.split(separator: "\n").first { $0.contains("not oversold") }
        #expect(notOversold?.contains("FAILED") == true)
        #expect(report.text.contains("FAILED: outcomes as expected"))
        #expect(report.text.contains("round 2, event event-2"))
        #expect(report.text.contains("expected at most 10 places confirmed"))
        #expect(report.text.contains("seen     11 by the list"))
        #expect(report.text.contains("1 of 3 rounds went wrong."))
    }

    @Test("A sale consistent in itself but with the wrong count of outcomes is not clean")
    func wrongCount() {
        #expect(!report(of: [Sale(capacities: [9])]).isClean)
    }

    @Test("Many rounds are told of now and then, a deviating one always")
    func progress() {
        var bad = Sale()
        bad.confirm(11)
        let report = report(of: Array(repeating: Sale(), count: 99) + [bad])
        let told = report.rounds.compactMap { report.progressLine(after: $0) }
        #expect(told.count == 20)
        #expect(told.last?.hasPrefix("round 100: DEVIATES") == true)
    }

    @Test("Latency is given in order statistics")
    func latency() {
        let summary = LatencySummary((1...100).reversed().map { .milliseconds($0) })
        #expect(summary.min == .milliseconds(1))
        #expect(summary.median == .milliseconds(50))
        #expect(summary.quantile(0.99) == .milliseconds(99))
        #expect(summary.max == .milliseconds(100))
        #expect(LatencySummary([]).median == .zero)
    }

    @Test(
        "A setting that cannot be is named",
        arguments: [
            (DrillConfiguration(urls: []), "at least one url is needed"),
            (
                DrillConfiguration(urls: ["localhost:8080"]),
                "url must begin with http:// or https://"
            ),
            (DrillConfiguration(seats: 0), "seats must be 1 to"),
            (DrillConfiguration(buyers: 10_001), "buyers must be 1 to"),
            (DrillConfiguration(rounds: -1), "rounds must be 1 to"),
            (DrillConfiguration(waitSeconds: 31), "wait seconds must be 0 to 30"),
            (DrillConfiguration(mode: .sameKey(copies: 1)), "copies must be 2 to"),
            (DrillConfiguration(patience: .zero), "patience must be above 0"),
        ])
    func badSetting(configuration: DrillConfiguration, expected: String) {
        #expect(configuration.problems.count == 1)
        #expect(configuration.problems.first?.hasPrefix(expected) == true)
    }

    @Test("The settings by default stand")
    func defaults() { #expect(DrillConfiguration().problems.isEmpty) }
}
