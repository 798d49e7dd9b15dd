import Foundation
import NIOCore
import Testing

@testable import BookingLoad

@Suite("A load's report")
struct LoadReportTests {
    /// A poll-style run at 100 requests a second, with a bit of everything in it.
    static func report(
        _ adapt: (inout LoadConfiguration) -> Void = { _ in }, losing: Bool = false,
        empty: Bool = false, limited: Int = 0
    ) -> LoadReport {
        var configuration = LoadConfiguration(
            pace: .open(rate: 100), users: 8, duration: .seconds(1), warmup: .milliseconds(100),
            style: .poll, events: 5, zipf: 1.1, reads: 0.25, patience: .seconds(2))
        adapt(&configuration)
        var tally = LoadTally(window: PacingTests.window)
        if !empty {
            for number in 1...100 {
                let due = NIODeadline.at(100 + Int64(number) * 9)
                let outcome =
                    number.isMultiple(of: 4)
                    ? LoadOutcome(status: "rejected", reason: "sold_out")
                    : LoadOutcome(status: "confirmed")
                tally.sent(dueAt: due, at: due)
                tally.add(.accepted(dueAt: due), at: due + .milliseconds(2))
                tally.add(.decided(outcome, dueAt: due), at: due + .milliseconds(Int64(number)))
                tally.add(.read(dueAt: due), at: due + .milliseconds(1))
            }
        }
        let refusal = Refusal(status: 503, slug: "<overloaded>")
        tally.add(.refused(refusal, saysWhen: false, dueAt: .at(200)), at: .at(201))
        for _ in 0..<limited {
            let refusal = Refusal(status: 429, slug: "quota-exceeded")
            tally.add(.refused(refusal, saysWhen: true, dueAt: .at(200)), at: .at(201))
        }
        tally.add(.failed(.closed), at: .at(300))
        if losing { tally.add(.lost(.undecided), at: .at(3_000)) }
        tally.leftOut = 17
        return LoadReport(configuration: configuration, run: "r1", tally: tally)
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    }

    @Test("The text shows each kind, outcomes, refusals, errors and what is missing")
    func text() {
        let lines = lines(Self.report().text)
        #expect(
            lines.first
                == "Load: 100 requests a second over 8 connections, style poll, "
                + "5 events (Zipf 1.1), reads 25 %")
        #expect(lines[1] == "counted for 1 s after 0.1 s of warm-up; run r1")
        #expect(
            lines.contains(
                "POST to 202 100 100/s 2.0 ms 2.0 ms 2.0 ms 2.0 ms 2.0 ms 2.0 ms"))
        #expect(
            lines.contains(
                "POST to outcome 100 99/s 1.0 ms 50.0 ms 90.0 ms 99.0 ms 100.0 ms 100.0 ms"))
        #expect(lines.contains("confirmed 75"))
        #expect(lines.contains("rejected sold_out 25"))
        #expect(lines.contains("503 <overloaded> 1 1"))
        #expect(lines.contains("closed before the answer 1"))
        #expect(lines.contains("left out, never sent 17"))
        #expect(lines.last == "Nothing was lost.")
    }

    @Test("It says when it was the limits of accounts or addresses that set the rate")
    func limited() throws {
        #expect(Self.report().limitsRemark == nil)
        let limited = Self.report(limited: 3)
        #expect(limited.limited == 3)
        #expect(
            lines(limited.text).contains(
                "3 requests were refused by the limits of accounts or addresses (429), which set the "
                    + "rate: use more --buyers than 20."))
        #expect(lines(limited.text).contains("429 quota-exceeded 3 0"))
        let json = try JSONSerialization.jsonObject(with: Data(limited.json)) as? [String: Any]
        #expect(json?["limited"] as? Int == 3)
    }

    @Test("There are as many buyers as the rate needs, unless it is said how many")
    func buyers() {
        #expect(LoadConfiguration(pace: .open(rate: 5000), users: 8).buyers == 500)
        #expect(LoadConfiguration(pace: .open(rate: 10), users: 8).buyers == 20)
        #expect(LoadConfiguration(pace: .open(rate: .infinity), users: 8).buyers == 20_000)
        #expect(LoadConfiguration(pace: .open(rate: -.infinity), users: 8).buyers == 20)
        #expect(LoadConfiguration(pace: .open(rate: .nan), users: 8).buyers == 20)
        #expect(LoadConfiguration(users: 100).buyers == 200)
        #expect(LoadConfiguration(users: .max).buyers == 400)
        #expect(LoadConfiguration(users: 100, buyers: 7).buyers == 7)
    }

    @Test("Only what a run can time is shown")
    func kinds() {
        let report = Self.report {
            $0.style = .wait
            $0.pace = .closed
            $0.reads = 0
        }
        #expect(report.latencies.map(\.kind) == [.outcome])
        #expect(
            Self.report { $0.reads = 1 }.latencies.map(\.kind) == [.read, .sending])
    }

    @Test("A loss, or not a single outcome, is a failure")
    func failures() {
        #expect(Self.report().isClean)
        #expect(
            Self.report(losing: true).failure == "1 accepted bookings never got an outcome.")
        #expect(Self.report(empty: true).failure == "There was not a single outcome.")
        #expect(lines(Self.report(losing: true).text).contains("lost, no outcome in time 1"))
    }

    @Test("The JSON has the settings, the figures and every second")
    func json() throws {
        let bytes = try Self.report(losing: true).json
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let settings = try #require(document["settings"] as? [String: Any])
        #expect(settings["rate"] as? Double == 100)
        #expect(settings["warmupSeconds"] as? Double == 0.1)
        let latencies = try #require(document["latencies"] as? [[String: Any]])
        #expect(latencies.count == 4)
        let outcome = try #require(latencies.first { $0["kind"] as? String == "POST to outcome" })
        #expect(outcome["maxMilliseconds"] as? Double == 100)
        #expect((outcome["curve"] as? [[String: Any]])?.isEmpty == false)
        #expect(document["lost"] as? Int == 1)
        #expect(document["leftOut"] as? Int == 17)
        let seconds = try #require(document["seconds"] as? [[String: Any]])
        #expect(seconds.compactMap { $0["outcomes"] as? Int }.reduce(0, +) == 100)
        let refusals = try #require(document["refusals"] as? [[String: Any]])
        #expect(refusals.first?["withoutRetryAfter"] as? Int == 1)
    }

    @Test("The page stands alone, is well-formed and shows both charts")
    func html() throws {
        let html = Self.report().html
        #expect(!html.contains("<script"))
        #expect(!html.contains("src="))
        #expect(!html.contains("href="))
        #expect(html.contains("prefers-color-scheme: dark"))
        #expect(html.components(separatedBy: "<svg").count == 3)
        #expect(html.contains("Percentile of requests (%)"))
        #expect(html.contains("Requests per second (1/s)"))
        #expect(html.contains("503 &lt;overloaded&gt;"))
        #expect(!html.contains("<overloaded>"))
        #expect(!html.contains("nan") && !html.contains("inf\""))
        for tag in ["svg", "table", "figure", "div", "tr", "td"] {
            let opened = html.components(separatedBy: "<\(tag)").count
            #expect(opened == html.components(separatedBy: "</\(tag)>").count, "\(tag)")
        }
    }

    @Test("A page of a run without any outcome has no curve and still stands")
    func emptyPage() {
        let html = Self.report(empty: true).html
        #expect(html.components(separatedBy: "<svg").count == 2)
        #expect(html.contains("not a single") || html.contains("<b>0</b>"))
    }
}

@Suite("The axes of a chart")
struct AxisScaleTests {
    @Test("A linear axis ends at a round value")
    func linear() {
        let scale = AxisScale.linear(to: 1_730, ticks: 5)
        #expect(scale.ticks == [0, 500, 1_000, 1_500, 2_000])
        #expect(scale.place(of: 500) == 0.25)
    }

    @Test("A time axis ends where the time does")
    func exact() {
        let scale = AxisScale.linear(to: 33, ticks: 10, exactly: true)
        #expect(scale.ticks == [0, 5, 10, 15, 20, 25, 30])
        #expect(scale.place(of: 33) == 1)
    }

    @Test("A logarithmic axis marks round values, fewer when it is long")
    func logarithmic() {
        let short = AxisScale.logarithmic(from: 1.3, to: 180)
        #expect(short.ticks.map(\.plain) == ["1", "2", "5", "10", "20", "50", "100", "200"])
        #expect(abs(short.place(of: 1)) < 0.000_001)
        #expect(abs(short.place(of: 200) - 1) < 0.000_001)
        let long = AxisScale.logarithmic(from: 0.05, to: 9_000)
        #expect(long.ticks.map(\.plain) == ["0.1", "1", "10", "100", "1000", "10000"])
    }

    @Test("One value alone has an axis too")
    func single() {
        let scale = AxisScale.logarithmic(from: 3, to: 3)
        #expect(scale.place(of: 3) >= 0 && scale.place(of: 3) <= 1)
        #expect(AxisScale.linear(to: 0, ticks: 5).place(of: 0) == 0)
    }

    @Test(
        "Numbers are written with as few digits as they need",
        arguments: [(0.0, "0"), (12, "12"), (0.5, "0.5"), (1.05, "1.05"), (99.999, "100")])
    func plain(number: Double, text: String) {
        #expect(number.plain == text)
    }
}

@Suite("The settings of a load")
struct LoadConfigurationTests {
    @Test(
        "A setting that cannot be is named with its bounds",
        arguments: [
            (LoadConfiguration(urls: []), "at least one url is needed"),
            (
                LoadConfiguration(urls: ["https://a"]),
                "url must be http://HOST or http://HOST:PORT, not https://a"
            ),
            (LoadConfiguration(pace: .open(rate: 0)), "rate must be 0.1 to 1000000.0, not 0.0"),
            (LoadConfiguration(pace: .open(rate: .nan)), "rate must be 0.1 to 1000000.0, not nan"),
            (LoadConfiguration(users: 0), "users must be 1 to 20000, not 0"),
            (LoadConfiguration(duration: .zero), "duration must be above 0 and at most"),
            (LoadConfiguration(warmup: .seconds(-1)), "warmup must be 0 to"),
            (LoadConfiguration(waitSeconds: 31), "wait must be 1 to 30, not 31"),
            (LoadConfiguration(events: 0), "events must be 1 to 1000, not 0"),
            (LoadConfiguration(zipf: -1), "zipf must be 0.0 to 5.0, not -1.0"),
            (LoadConfiguration(reads: 1.5), "reads must be 0.0 to 1.0, not 1.5"),
            (LoadConfiguration(buyers: 0), "buyers must be 1 to 20000, not 0"),
            (LoadConfiguration(capacity: 0), "capacity must be 1 to 10000000, not 0"),
            (LoadConfiguration(patience: .zero), "patience must be above 0 and at most"),
        ])
    func problems(configuration: LoadConfiguration, expected: String) {
        #expect(configuration.problems.count == 1)
        #expect(configuration.problems.first?.hasPrefix(expected) == true)
    }

    @Test("The settings by default stand")
    func defaults() { #expect(LoadConfiguration().problems.isEmpty) }
}
