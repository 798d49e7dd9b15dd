import Metrics
import Prometheus
import Testing

@Suite("What a Prometheus scrape shows")
struct PrometheusRegistryTests {
    let registry = PrometheusRegistry(help: ["orders_total": "Orders \\ taken,\nby result."])

    func scrape() throws -> Exposition { try Exposition(registry.render()) }

    @Test("A counter shows what was added, and never goes down")
    func counter() throws {
        let orders = Counter(
            label: "orders_total", dimensions: [("result", "ok")], factory: registry)
        orders.increment(by: 41)
        orders.increment()
        orders.increment(by: -5)
        let scrape = try scrape()
        #expect(scrape.value("orders_total", ["result": "ok"]) == 42)
        #expect(scrape.kinds["orders_total"] == "counter")
        #expect(scrape.help["orders_total"] == #"Orders \\ taken,\nby result."#)
    }

    @Test("A counter at its end stays there")
    func counterOverflow() throws {
        let bytes = Counter(label: "bytes_total", factory: registry)
        bytes.increment(by: Int64.max)
        bytes.increment(by: Int64.max)
        #expect(registry.render().contains("\nbytes_total 9223372036854775807\n"))
        bytes.reset()
        #expect(try scrape().value("bytes_total") == 0)
    }

    @Test("A floating-point counter keeps its parts, and what is no amount changes nothing")
    func floatingPointCounter() throws {
        let spent = FloatingPointCounter(label: "spent_seconds_total", factory: registry)
        for amount in [0.25, 0.5, -1, .nan, .infinity] { spent.increment(by: amount) }
        #expect(try scrape().value("spent_seconds_total") == 0.75)
    }

    @Test("A gauge shows the last value and a meter moves up and down")
    func gauges() throws {
        let depth = Gauge(label: "queue_depth", factory: registry)
        depth.record(7)
        depth.record(3)
        let open = Meter(label: "open_connections", factory: registry)
        open.set(10)
        open.increment(by: 2.5)
        open.decrement()
        let scrape = try scrape()
        #expect(scrape.value("queue_depth") == 3)
        #expect(scrape.value("open_connections") == 11.5)
        #expect(scrape.kinds["queue_depth"] == "gauge")
        #expect(scrape.kinds["open_connections"] == "gauge")
    }

    @Test("Infinite and undefined gauges are spelled the way Prometheus reads them")
    func unusualNumbers() throws {
        for (name, value) in [("up", Double.infinity), ("down", -.infinity), ("none", .nan)] {
            Gauge(label: name, factory: registry).record(value)
        }
        Gauge(label: "tiny", factory: registry).record(1e-9)
        Gauge(label: "huge", factory: registry).record(1e300)
        let text = registry.render()
        for line in ["up +Inf", "down -Inf", "none NaN", "tiny 1e-09", "huge 1e+300"] {
            #expect(text.contains("\n\(line)\n"))
        }
        _ = try scrape()
    }

    @Test("A timer is a histogram in seconds with cumulative buckets")
    func timer() throws {
        let wait = Timer(label: "wait_seconds", dimensions: [("kind", "poll")], factory: registry)
        wait.recordMilliseconds(1)
        wait.recordMilliseconds(3)
        wait.recordSeconds(30)
        let scrape = try scrape()
        func bucket(_ bound: String) -> Double? {
            scrape.value("wait_seconds_bucket", ["kind": "poll", "le": bound])
        }
        #expect(scrape.kinds["wait_seconds"] == "histogram")
        #expect(bucket("0.0005") == 0)
        #expect(bucket("0.001") == 1)
        #expect(bucket("0.005") == 2)
        #expect(bucket("10") == 2)
        #expect(bucket("+Inf") == 3)
        #expect(scrape.value("wait_seconds_count", ["kind": "poll"]) == 3)
        #expect(scrape.value("wait_seconds_sum", ["kind": "poll"]) == 30.004)
    }

    @Test("A recorder is a histogram of counts, and a value on a bound falls below it")
    func recorder() throws {
        let size = Recorder(label: "batch_size", factory: registry)
        for value in [1, 2, 3, 2_000_000] { size.record(value) }
        size.record(Double.nan)
        let scrape = try scrape()
        #expect(scrape.value("batch_size_bucket", ["le": "1"]) == 1)
        #expect(scrape.value("batch_size_bucket", ["le": "2"]) == 2)
        #expect(scrape.value("batch_size_bucket", ["le": "5"]) == 3)
        #expect(scrape.value("batch_size_bucket", ["le": "1000000"]) == 3)
        #expect(scrape.value("batch_size_count") == 4)
        #expect(scrape.value("batch_size_sum") == 2_000_006)
    }

    @Test(
        "Every label value survives its escaping",
        arguments: ["plain", "", "a\"b", "back\\slash", "two\nlines", "}{,=", "Grüße 🎟"])
    func labelEscaping(value: String) throws {
        Counter(label: "seen_total", dimensions: [("value", value)], factory: registry).increment()
        #expect(try scrape().value("seen_total", ["value": value]) == 1)
    }

    @Test(
        "A name that Prometheus does not allow is bent into one that it does",
        arguments: [
            ("http.server.requests", "http_server_requests"), ("9lives", "_9lives"),
            ("a:b", "a:b"), ("grüße", "gr__e"), ("", "_"),
        ])
    func names(label: String, expected: String) throws {
        Counter(label: label, dimensions: [(label, "x")], factory: registry).increment()
        #expect(try scrape().names.contains(expected))
    }

    @Test("Labels that belong to Prometheus itself are renamed")
    func reservedLabels() throws {
        Timer(label: "t_seconds", dimensions: [("le", "x")], factory: registry).recordSeconds(1)
        Counter(label: "c_total", dimensions: [("__name__", "x")], factory: registry).increment()
        let scrape = try scrape()
        #expect(scrape.value("t_seconds_count", ["exported_le": "x"]) == 1)
        #expect(scrape.value("c_total", ["exported___name__": "x"]) == 1)
    }

    @Test("The order does not depend on who came first")
    func stableOrder() throws {
        for name in ["b_total", "a_total", "c_total"] {
            for code in ["500", "200"] {
                Counter(
                    label: name, dimensions: [("code", code), ("at", "x")], factory: registry
                ).increment()
            }
        }
        let scrape = try scrape()
        #expect(scrape.names == scrape.names.sorted())
        #expect(
            scrape.samples.filter { $0.name == "a_total" }.map(\.labels) == [
                ["at": "x", "code": "200"], ["at": "x", "code": "500"],
            ])
        #expect(registry.render().contains(#"a_total{at="x",code="200"} 1"#))
    }

    @Test("The same name and labels are one metric, in whichever order the labels come")
    func identity() throws {
        Counter(label: "n_total", dimensions: [("a", "1"), ("b", "2")], factory: registry)
            .increment()
        Counter(label: "n_total", dimensions: [("b", "2"), ("a", "1")], factory: registry)
            .increment()
        #expect(try scrape().value("n_total", ["a": "1", "b": "2"]) == 2)
    }

    @Test("A name keeps its first kind, and what is refused is counted")
    func conflictingKind() throws {
        Counter(label: "x_total", factory: registry).increment()
        Gauge(label: "x_total", factory: registry).record(99)
        FloatingPointCounter(label: "x_total", factory: registry).increment(by: 99)
        Gauge(label: "process_open_fds", factory: registry).record(-1)
        let scrape = try scrape()
        #expect(scrape.value("x_total") == 1)
        #expect(scrape.value("prometheus_refused_metrics_total") == 3)
        #expect((scrape.value("process_open_fds") ?? 0) > 0)
    }

    @Test("A name has a limit of series")
    func seriesLimit() throws {
        for number in 0...PrometheusRegistry.seriesPerNameMax {
            Counter(label: "s_total", dimensions: [("n", "\(number)")], factory: registry)
                .increment()
        }
        let scrape = try scrape()
        #expect(
            scrape.samples.count { $0.name == "s_total" } == PrometheusRegistry.seriesPerNameMax)
        #expect(scrape.value("prometheus_refused_metrics_total") == 1)
    }

    @Test("A destroyed metric is gone, its neighbours stay")
    func destruction() throws {
        let gone = Counter(label: "d_total", dimensions: [("n", "1")], factory: registry)
        let stays = Counter(label: "d_total", dimensions: [("n", "2")], factory: registry)
        let alone = Gauge(label: "alone", factory: registry)
        gone.destroy()
        alone.destroy()
        stays.increment()
        let scrape = try scrape()
        #expect(scrape.samples.filter { $0.name == "d_total" }.map(\.labels) == [["n": "2"]])
        #expect(!scrape.names.contains("alone"))
    }
}
