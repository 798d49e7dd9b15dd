#if os(Linux)
    import Foundation
    import Testing

    @testable import Prometheus

    @Suite("What a scrape says of the process")
    struct ProcessMetricTests {
        func scrape() throws -> Exposition { try Exposition(PrometheusRegistry().render()) }

        @Test("Every process metric is there with a likely value")
        func present() throws {
            let scrape = try scrape()
            for name in ProcessMetric.names {
                #expect((scrape.value(name) ?? 0) > 0, "\(name)")
                #expect(scrape.help[name] != nil, "\(name)")
            }
            let started = try #require(scrape.value("process_start_time_seconds"))
            let age = Date.now.timeIntervalSince1970 - started
            #expect((-1...86400).contains(age))
        }

        @Test("An opened file is counted")
        func openFiles() throws {
            let before = try #require(ProcessStatus.openFileCount())
            let files = (0..<64).compactMap { _ in FileHandle(forReadingAtPath: "/dev/null") }
            let after = try #require(ProcessStatus.openFileCount())
            // Other tests of this process may open and close a few at the same time.
            #expect((after - before - files.count).magnitude < 16)
            for file in files { try file.close() }
        }

        @Test("A process name with spaces and parentheses does not shift the fields")
        func oddName() throws {
            let line =
                "4711 (box (of) 7 fice) S 1 4711 4711 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 5 0 "
                + "3000 1048576 256 18446744073709551615"
            let status = try #require(
                ProcessStatus(line: line, ticksPerSecond: 100, pageBytes: 4096))
            #expect(status.cpuSeconds == 2)
            #expect(status.startSecondsAfterBoot == 30)
            #expect(status.virtualBytes == 1_048_576)
            #expect(status.residentBytes == 1_048_576)
        }

        @Test("A line that is cut off is refused", arguments: ["", "4711 (x", "4711 (x) S 1 2"])
        func shortLine(line: String) {
            #expect(ProcessStatus(line: line, ticksPerSecond: 100, pageBytes: 4096) == nil)
        }
    }
#endif
