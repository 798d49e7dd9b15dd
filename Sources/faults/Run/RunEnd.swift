import BookingHistory
import BookingLoad
import ChildProcesses

/// What is asked of the system once the load is over.
struct RunEnd: Sendable {
    let scene: Scene
    let drainMax: Duration

    private var runEvents: RunEvents { scene.runEvents }
    private var shopper: Shopper { scene.shopper }
    private static let waitSeconds = 2

    /// Books what is left of the scarce ticket types, place by place, until it is refused; returns
    /// those that are known to be sold out.
    func sellTheRest() async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String?.self) { group in
            for sale in runEvents.sales {
                for ticketType in sale.scarce {
                    group.addTask { try await sellOut(ticketType, of: sale) ? ticketType : nil }
                }
            }
            var sold: Set<String> = []
            for try await ticketType in group { if let ticketType { sold.insert(ticketType) } }
            return sold
        }
    }

    private func sellOut(_ ticketType: String, of sale: RunEvents.Sale) async throws -> Bool {
        for number in 0..<FaultLimits.topUpMax {
            let intent = Intent(
                "rest-\(ticketType)-\(number)", buyer: number % runEvents.crowd.buyers.count,
                sale: sale, ticketType: ticketType)
            guard let answer = try await shopper.pursue(intent) else { return false }
            var booking = answer.booking
            if let id = answer.acceptedID, booking?.status == "pending" {
                booking = try await outcome(of: id, buyer: intent.buyer)?.booking
            }
            if booking.map({ $0.reason == "sold_out" }) ?? (answer.problem == "sold-out") {
                return true
            }
        }
        return false
    }

    /// Asks for every booking that was held until none is; returns how many are.
    func settle() async throws -> Int {
        let bookings = scene.recorder.bookings.filter(\.isHold)
        let deadline = ContinuousClock.now + FaultLimits.settleMax
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var open = 0
            for (number, booking) in bookings.enumerated() {
                if number >= FaultLimits.askersMax, try await group.next() == false { open += 1 }
                group.addTask { try await isSettled(booking, until: deadline) }
            }
            for try await isSettled in group where !isSettled { open += 1 }
            return open
        }
    }

    private func isSettled(
        _ booking: Recorder.Accepted, until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        var attempt = 0
        repeat {
            let answer = try await shopper.ask(
                for: booking.id, buyer: booking.buyer, instance: attempt + booking.buyer,
                waitSeconds: 0)
            if let status = answer?.booking?.status, status != "pending", status != "held" {
                return true
            }
            attempt += 1
            try await Task.sleep(for: .seconds(1))
        } while ContinuousClock.now < deadline
        return false
    }

    /// Asks for every accepted booking until all are decided or the time is up; returns how many are
    /// not.
    func drain() async throws -> Int {
        let bookings = scene.recorder.bookings
        let deadline = ContinuousClock.now + drainMax
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var open = 0
            for (number, booking) in bookings.enumerated() {
                if number >= FaultLimits.askersMax, try await group.next() == false { open += 1 }
                group.addTask {
                    try await outcome(of: booking.id, buyer: booking.buyer, until: deadline) != nil
                }
            }
            for try await isDecided in group where !isDecided { open += 1 }
            return open
        }
    }

    private func outcome(
        of id: String, buyer: Int, until deadline: ContinuousClock.Instant? = nil
    ) async throws -> BookingAnswer? {
        let deadline = deadline ?? .now + drainMax
        var attempt = 0
        repeat {
            let waitSeconds = deadline > .now ? Self.waitSeconds : 0
            let answer = try await shopper.ask(
                for: id, buyer: buyer, instance: attempt + buyer, waitSeconds: waitSeconds)
            if let answer, let booking = answer.booking, booking.status != "pending" {
                return answer
            }
            attempt += 1
            try await Task.sleep(for: .milliseconds(50))
        } while ContinuousClock.now < deadline
        return nil
    }

    /// Asks every instance what is left of every event, each until it answers; returns how often none
    /// did.
    func lookAround() async throws -> Int {
        var unanswered = 0
        for event in runEvents.ids {
            for instance in 0..<Program.ingressCount {
                let isAnswered: Void? = try? await eventually(
                    "instance \(instance) answers", within: FaultLimits.lookMax,
                    every: .milliseconds(500)
                ) { try await shopper.look(at: event, instance: instance) }
                if isAnswered == nil { unanswered += 1 }
            }
        }
        return unanswered
    }
}
