import Metrics
import Prometheus
import Testing

@Suite("Metrics used by many at once")
struct PrometheusConcurrencyTests {
    @Test("No increment is lost while scrapes go on, and every scrape is whole")
    func nothingLost() async throws {
        let registry = PrometheusRegistry()
        let tasks = 8
        let rounds = 5000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for round in 0..<rounds {
                        // Made anew each time, as request handlers do.
                        Counter(label: "hits_total", factory: registry).increment()
                        FloatingPointCounter(label: "cost_total", factory: registry)
                            .increment(by: 0.5)
                        Timer(
                            label: "t_seconds", dimensions: [("task", "\(task % 2)")],
                            factory: registry
                        ).recordMilliseconds(round % 20)
                        Meter(label: "level", factory: registry).increment()
                    }
                }
            }
            group.addTask {
                for _ in 0..<50 {
                    let scrape = try Exposition(registry.render())
                    for task in ["0", "1"] {
                        #expect(
                            scrape.value("t_seconds_bucket", ["task": task, "le": "+Inf"])
                                == scrape.value("t_seconds_count", ["task": task]))
                    }
                }
            }
            try await group.waitForAll()
        }
        let scrape = try Exposition(registry.render())
        let all = Double(tasks * rounds)
        #expect(scrape.value("hits_total") == all)
        #expect(scrape.value("cost_total") == all / 2)
        #expect(scrape.value("level") == all)
        #expect(scrape.value("t_seconds_count", ["task": "0"]) == all / 2)
    }
}
