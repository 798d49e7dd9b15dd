import BookingHistory
import Foundation
import Testing

@Suite struct HistoryTests {
    private let span = Span(start: 123, end: 456)

    private var records: [HistoryRecord] {
        let booking = AnsweredBooking(
            id: "abc", eventId: "e", status: "confirmed",
            items: [ItemDocument(ticketTypeId: "e.1", quantity: 2)], sequence: 7,
            asOfSequence: 9, createdAt: "2026-11-21T00:00:00Z", decidedAt: "2026-11-21T00:00:01Z",
            expiresAt: "2026-11-21T00:10:00Z")
        return [
            .post(
                PostRecord(
                    client: 3, user: "u", event: "e", key: "k\n\"", items: booking.items,
                    attempt: 1, span: span,
                    answer: BookingAnswer(status: 201, booking: booking, problem: nil))),
            .post(
                PostRecord(
                    client: 3, user: "u", event: "e", key: "k", items: [], attempt: 2, span: span,
                    answer: nil)),
            .get(
                GetRecord(
                    booking: "abc", user: "u", span: span,
                    answer: BookingAnswer(status: 404, booking: nil, problem: "not-found"))),
            .change(
                ChangeRecord(
                    booking: "abc", user: "u", verb: .pay, key: nil, attempt: 1, span: span,
                    answer: ChangeAnswer(
                        status: 202, change: "c", outcome: "pending", booking: booking))),
            .change(
                ChangeRecord(
                    booking: "abc", user: "u", verb: .extend, key: "k", attempt: 2, span: span,
                    answer: nil)),
            .changeLook(
                ChangeLookRecord(
                    booking: "abc", user: "u", change: "c", span: span,
                    answer: ChangeAnswer(
                        status: 200, change: "c", outcome: "refused", reason: "hold_expired",
                        booking: booking))),
            .event(
                EventRecord(
                    event: "e", instance: 1, span: span,
                    answer: EventAnswer(status: 200, available: ["e.1": 5]))),
            .fault(FaultRecord(name: "kill-after-commit", span: span, note: "worker-2, pid 123")),
        ]
    }

    @Test("What is recorded is read back, a record a line")
    func roundTrip() throws {
        try withFolder { folder in
            let writer = try folder.openHistory()
            for record in records { try writer.record(record) }
            writer.close()
            #expect(try read(folder) == records)
            let text = try String(contentsOfFile: folder.historyPath, encoding: .utf8)
            #expect(text.split(separator: "\n").count == records.count)
        }
    }

    @Test("Any number of tasks may record at once, and nothing is closed before it is written")
    func concurrent() async throws {
        let folder = try makeFolder()
        let writer = try folder.openHistory()
        let sample = records[0]
        await withTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { for _ in 0..<100 { try? writer.record(sample) } }
            }
        }
        // The writer is open: what a killed process has recorded is there all the same.
        #expect(try read(folder).count == 2000)
        writer.close()
        #expect(throws: HistoryError.self) { try writer.record(sample) }
        try FileManager.default.removeItem(atPath: folder.path)
    }

    @Test("A submission from before there were holds is read, and says nothing of holds")
    func beforeHolds() throws {
        try withFolder { folder in
            try """
            {"kind":"post","client":1,"user":"u","event":"e","key":"k","items":[],"attempt":1,"start":1,\
            "end":2,"isHasty":false,"answer":{"status":201,"booking":{"id":"b","eventId":"e",\
            "status":"confirmed","items":[],"sequence":7}}}

            """.write(toFile: folder.historyPath, atomically: true, encoding: .utf8)
            guard case .post(let post)? = try read(folder).first else {
                Issue.record("no submission")
                return
            }
            #expect(post.hold == nil)
            #expect(post.answer?.booking?.sequence == 7)
            #expect(post.answer?.booking?.asOfSequence == nil)
        }
    }

    @Test("Opening a history again adds to it")
    func append() throws {
        try withFolder { folder in
            try folder.openHistory().record(records[0])
            try folder.openHistory().record(records[1])
            #expect(try read(folder) == Array(records.prefix(2)))
        }
    }

    @Test("An answer may be null, members may be unknown")
    func lenient() throws {
        try withFolder { folder in
            try """
            {"kind":"get","booking":"b","user":"u","start":1,"end":2,"answer":null,"extra":[1]}

            """.write(toFile: folder.historyPath, atomically: true, encoding: .utf8)
            #expect(
                try read(folder)
                    == [
                        .get(
                            GetRecord(
                                booking: "b", user: "u", span: Span(start: 1, end: 2), answer: nil))
                    ])
        }
    }

    @Test(
        "A line that is no record is named",
        arguments: [
            ("{\"kind\":\"fault\"}\n", "name"), ("\n", "not a record"), ("{", "cut off"),
            ("{\"kind\":\"guess\"}\n", "kind"),
        ])
    func badLine(line: String, word: String) throws {
        try withFolder { folder in
            let writer = try folder.openHistory()
            try writer.record(records[0])
            writer.close()
            let file = try #require(FileHandle(forWritingAtPath: folder.historyPath))
            try file.seekToEnd()
            try file.write(contentsOf: Data(line.utf8))
            try file.close()
            let error = try #require(throws: HistoryError.self) { try read(folder) }
            #expect(error.line == 2)
            #expect(error.code == .format)
            #expect(error.description.hasPrefix("\(folder.historyPath):2: "))
            #expect(error.description.contains(word), "\(error)")
        }
    }

    @Test("Lines that stand across the reader's chunks are whole")
    func longHistory() throws {
        try withFolder { folder in
            let writer = try folder.openHistory()
            let note = String(repeating: "ä", count: 3000)
            let written = (0..<500).map { number in
                HistoryRecord.fault(
                    FaultRecord(
                        name: "fault", span: Span(start: Int64(number), end: Int64(number) + 1),
                        note: note))
            }
            for record in written { try writer.record(record) }
            #expect(try read(folder) == written)
        }
    }

    @Test("A run's description is read back; one that is none is refused with what is wrong")
    func description() throws {
        try withFolder { folder in
            var run = RunDescription(
                seed: .max, startedAt: "2026-11-21T00:00:00Z", minutes: 0.5, rate: 300, workers: 3,
                instances: 2,
                bugs: ["no-fence"], plan: ["kill-after-commit"],
                events: [
                    PlannedEvent(
                        id: "e", organizer: "o",
                        ticketTypes: [
                            .init(
                                id: "e.1", capacity: 100, maxPerUser: nil, demandSuffices: true)
                        ], holdSeconds: 30, paymentGraceSeconds: 10)
                ],
                poison: [PoisonMessage(event: "e", key: nil)],
                outside: [OutsideBooking(event: "e", key: "k")], required: [.fenced, .unknown])
            run.observed.longestPauseMilliseconds = 750
            try folder.write(run)
            #expect(try folder.readDescription() == run)
            try "{\"seed\":1}".write(
                toFile: folder.descriptionPath, atomically: true, encoding: .utf8)
            let error = try #require(throws: HistoryError.self) { try folder.readDescription() }
            #expect(error.description.contains("startedAt"), "\(error)")
        }
    }

    @Test("A folder that is not there is told")
    func missing() {
        let folder = RunFolder("/nowhere")
        #expect(throws: HistoryError.self) { try folder.openHistory() }
        #expect(throws: HistoryError.self) { try folder.readDescription() }
        #expect(throws: HistoryError.self) { try read(folder) }
    }

    private func read(_ folder: RunFolder) throws -> [HistoryRecord] {
        var read: [HistoryRecord] = []
        try folder.history.forEach { read.append($0) }
        return read
    }

    private func makeFolder() throws -> RunFolder {
        let url = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return RunFolder(url.path())
    }

    private func withFolder(_ body: (RunFolder) throws -> Void) throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        try body(folder)
    }
}
