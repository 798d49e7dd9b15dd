import BookingBroker
import BookingDomain
import BookingMessages
import BookingStore
import BookingTestSupport
import BookingWorkerTestSupport
import Testing

@testable import BookingWorker

@Suite("What a worker does with a batch")
struct BatchApplierTests {
    private func commands(_ count: Int, of event: EventID) throws -> [Command] {
        try (0..<count).map { _ in try TestEvents.book(event) }
    }

    @Test("A command that is refused is found among a thousand, and fails alone in its place")
    func refused() async throws {
        let worker = try TwinWorker(capacities: [2000])
        let unwanted = TestEvents.user()
        worker.shard.with { _ = $0.refusedUsers.insert(unwanted) }
        var commands = try commands(1000, of: worker.event)
        commands[600] = try TestEvents.book(worker.event, user: unwanted)
        var applier = try await worker.applier()
        for start in stride(from: 0, to: 1000, by: 250) {
            try await applier.apply(worker.workload(Array(commands[start..<start + 250])))
        }
        #expect(worker.bookings.map(\.key) == commands.map(\.key))
        let failed = worker.bookings.filter { $0.status == .failed }
        #expect(failed.map(\.sequence) == [601])
        #expect(worker.shard.content.letters.count == 1)
        // By halving: as many refusals as the number of commands has bits, and each leaves one half.
        #expect(worker.count(.commit) < 25)
        let told = applier.takeAnnouncements().flatMap { announcement -> [Booking] in
            if case .outcomes(let message) = announcement { message.bookings } else { [] }
        }
        #expect(told == worker.bookings)
    }

    @Test("Nothing is recalled without need, and a command that comes again is known all the same")
    func recall() async throws {
        let worker = try TwinWorker()
        let known = try TestEvents.book(worker.event)
        var applier = try await worker.applier()
        worker.timePasses(WorkerLimits.recallDuration)
        try await applier.apply(worker.workload([known]))
        #expect(worker.count(.recallBookings) == 0)
        try await applier.apply(worker.workload(try commands(3, of: worker.event) + [known]))
        #expect(worker.count(.recallBookings) == 1)
        #expect(worker.bookings.count == 4)
        #expect(worker.bookings.allSatisfy { $0.status == .confirmed })
        worker.timePasses(WorkerLimits.recallDuration)
        try await applier.apply(worker.workload(try commands(1, of: worker.event)))
        #expect(worker.count(.recallBookings) == 1)
        try await applier.apply(
            worker.workload(try commands(1, of: worker.event), isRedelivered: true))
        #expect(worker.count(.recallBookings) == 2)
    }

    @Test("A buyer that cannot be looked up fails alone, and is left alone for a minute")
    func unanswerable() async throws {
        let worker = try TwinWorker(maxPerUser: 5)
        let slow = TestEvents.user()
        worker.shard.with {
            _ = $0.slowBuyers.insert(Buyer(user: slow, event: worker.event))
        }
        var commands = try commands(8, of: worker.event)
        commands[3] = try TestEvents.book(worker.event, user: slow)
        var applier = try await worker.applier()
        try await applier.apply(worker.workload(commands))
        #expect(worker.bookings.map(\.key) == commands.map(\.key))
        #expect(worker.bookings.filter { $0.status == .failed }.map(\.sequence) == [4])
        let probes = worker.count(.lookUpNothing)
        #expect(probes == 3 + WorkerLimits.lookUpTrialsMax)
        try await applier.apply(
            worker.workload([try TestEvents.book(worker.event, user: slow)]))
        #expect(worker.count(.lookUpNothing) == probes)
        #expect(worker.bookings.last?.status == .failed)
        worker.timePasses(WorkerLimits.unanswerableDuration)
        worker.shard.with { $0.slowBuyers = [] }
        try await applier.apply(
            worker.workload([try TestEvents.book(worker.event, user: slow)]))
        #expect(worker.bookings.last?.status == .confirmed)
    }

    @Test("While no look-up is answered nothing fails: the shard is given up")
    func databaseIsSlow() async throws {
        let worker = try TwinWorker(maxPerUser: 5)
        worker.shard.with { $0.isSlow = true }
        var applier = try await worker.applier()
        await #expect(throws: StoreError.self) {
            try await applier.apply(worker.workload(try commands(4, of: worker.event)))
        }
        #expect(worker.bookings == [])
        #expect(worker.shard.content.letters.isEmpty)
    }

    @Test("A command that kills is found after four deaths, and its neighbours are booked")
    func killer() async throws {
        let worker = try TwinWorker()
        let commands = try commands(4, of: worker.event)
        let suspect = worker.message(commands, isRedelivered: true)
        var decided: [Int] = []
        for life in 1...3 {
            let process = ProcessIdentity(random: UInt128(life))
            var applier = try await worker.applier(in: process, killedBy: commands[2].key)
            await #expect(throws: StoreError.self) {
                _ = try await applier.apply(suspect: suspect) { _, _ in }
            }
            decided.append(worker.bookings.count)
        }
        // Whole, whole, one by one.
        #expect(decided == [0, 0, 2])
        var applier = try await worker.applier(
            in: ProcessIdentity(random: 4), killedBy: commands[2].key)
        var marks: DeliveryMarks?
        _ = try await applier.apply(suspect: suspect) { marks = $1 }
        #expect(marks == DeliveryMarks(suspect.place))
        #expect(worker.bookings.map(\.key) == commands.map(\.key))
        #expect(worker.bookings.map(\.status) == [.confirmed, .confirmed, .failed, .confirmed])
    }

    @Test("A message that kills before its commands can be read goes to the dead unread")
    func unread() async throws {
        let worker = try TwinWorker()
        let suspect = worker.message(try commands(2, of: worker.event), isRedelivered: true)
        let digest = MessageDigest(of: suspect.body, in: worker.event)
        var applier = try await worker.applier(in: ProcessIdentity(random: 9))
        for dead in 1...4 {
            _ = try await applier.store.trySuspect(
                digest, in: ProcessIdentity(random: UInt128(dead)), under: applier.lease)
        }
        _ = try await applier.apply(suspect: suspect) { _, _ in }
        #expect(worker.bookings == [])
        #expect(worker.shard.content.letters.values.map(\.body) == [suspect.body])
    }

    @Test("What needs no write is done with under the lease only")
    func nothingToWrite() async throws {
        let worker = try TwinWorker()
        let known = try commands(1, of: worker.event)
        var old = try await worker.applier()
        try await old.apply(worker.workload(known))
        try await old.apply(worker.workload(known))
        try await old.apply(worker.workload([]))
        _ = try await worker.applier()
        for workload in [worker.workload(known), worker.workload([])] {
            do {
                try await old.apply(workload)
                Issue.record("it would have been acknowledged")
            } catch let error as StoreError { #expect(error.code == .fenced) }
        }
    }
}
