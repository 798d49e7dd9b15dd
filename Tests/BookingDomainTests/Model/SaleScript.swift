import BookingDomain

/// Makes up what is asked of a sale, and when; the same seed makes up the same.
struct SaleScript {
    private static let second: Int64 = 1_000_000
    private static let usersMax = 3

    let terms: SaleModel.Terms
    private(set) var random: SplitMix
    private var issued: [SaleCommand] = []
    private var bookings = 0
    private(set) var time: Int64 = 0

    init(seed: UInt64) {
        random = SplitMix(state: seed)
        let types = Int.random(in: 1...3, using: &random)
        var capacities: [Int] = []
        var limits: [Int?] = []
        for _ in 0..<types {
            capacities.append(.random(in: 1...6, using: &random))
            limits.append(
                Bool.random(using: &random) ? .random(in: 1...4, using: &random) : nil)
        }
        let isShort = Int.random(in: 0..<4, using: &random) == 0
        terms = SaleModel.Terms(
            capacities: capacities, limits: limits,
            holdTime: [30, 60, 600].randomElement(using: &random).map { $0 * Self.second } ?? 0,
            paymentGrace: [10, 45, 120].randomElement(using: &random).map { $0 * Self.second }
                ?? 0,
            overAt: (isShort ? 300 : 1_000_000) * Self.second)
    }

    /// Whether something happens that has one chance in `count`.
    mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    /// Lets time pass.
    ///
    /// Sometimes a whole hold goes by, and sometimes another clock is behind.
    mutating func pass() {
        switch number(0...19) {
        case 0...3: break
        case 4...6: time += Int64(number(1...3))
        case 7...13: time += Int64(number(0...20)) * Self.second
        case 14...16: time += terms.holdTime / 2
        case 17: time += terms.holdTime
        case 18: time += 3 * terms.holdTime + Int64(number(0...1))
        default: time -= Int64(number(0...100)) * Self.second
        }
    }

    /// Lets time go on until a booking is due, or a moment before or after.
    mutating func pass(until due: Int64) {
        time = max(time, due + Int64(number(-1...1)))
    }

    /// The next command; a `tick` of `due`, when some are held until then.
    mutating func next(due: [Int64]) -> SaleCommand {
        if !issued.isEmpty, chance(6), let again = issued.randomElement(using: &random) {
            return again
        }
        let command = fresh(due: due)
        issued.append(command)
        return command
    }

    /// A tick; sometimes of a clock that is behind or ahead.
    mutating func tick(due: [Int64]) -> SaleCommand {
        let tick: Int64
        switch number(0...9) {
        case 0: tick = time - Int64(number(0...1000)) * Self.second
        case 1: tick = time + Int64(number(1...5000)) * Self.second
        case 2...5: tick = (due.randomElement(using: &random) ?? time) + Int64(number(-1...1))
        default: tick = time
        }
        return SaleCommand(number: 0, booking: 0, user: 0, asks: .tick(tick))
    }

    private mutating func fresh(due: [Int64]) -> SaleCommand {
        let number = issued.count + 1
        let kind = self.number(0...19)
        if bookings == 0 || kind < 7 {
            bookings += 1
            return SaleCommand(
                number: number, booking: bookings, user: buyer(of: bookings),
                asks: kind == 0 && chance(4)
                    ? .unreadable : .book(wants(), hold: kind == 0 || kind > 1))
        }
        // One more than there are: of a booking that nobody has made.
        let booking = self.number(1...(bookings + (chance(10) ? 1 : 0)))
        let verb: SaleCommand.Verb =
            switch kind {
            case 7...10: .confirm
            case 11...12: .pay
            case 13...15: .extend
            case 16...18: .cancel
            default: chance(4) ? .undecodable : .confirm
            }
        return SaleCommand(
            number: number, booking: booking, user: buyer(of: booking), asks: .change(verb))
    }

    /// Each booking has one buyer, known by its number.
    private func buyer(of booking: Int) -> Int { booking * 7 / 2 % Self.usersMax }

    private mutating func wants() -> [Int: Int] {
        var wants: [Int: Int] = [:]
        for _ in 0...(chance(3) ? 1 : 0) {
            let type = number(1...(terms.capacities.count + (chance(15) ? 1 : 0)))
            wants[type] = number(1...3)
        }
        return wants
    }
}
