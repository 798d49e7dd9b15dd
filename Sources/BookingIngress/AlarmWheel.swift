/// What is to ring at which tick: a hashed timing wheel (Varghese and Lauck, 1987), as a value.
///
/// Setting and clearing take constant time and no look-up, since an alarm knows its place. Each slot
/// has the alarms of a tick of every turn in a list; those of later turns stay when it comes round.
struct AlarmWheel: Sendable {
    typealias Ring = @Sendable () -> Void

    /// Where an alarm stands.
    struct Place: Hashable, Sendable {
        fileprivate let index: Int
        fileprivate let number: UInt64
    }

    private struct Alarm: Sendable {
        /// No two alarms ever have the same.
        let number: UInt64
        let tick: Int64
        let ring: Ring
        /// The neighbours in the list of the slot.
        var previous: Int?
        var next: Int?
    }

    /// How many ticks a turn takes.
    static let slotCount = 2048

    private var alarms: [Alarm?] = []
    private var free: [Int] = []
    /// The first alarm of each slot.
    private var firsts = [Int?](repeating: nil, count: Self.slotCount)
    /// The first tick that has not passed.
    private var now: Int64 = 0
    private var lastNumber: UInt64 = 0

    /// How many alarms are set.
    var count: Int { alarms.count - free.count }

    /// Sets an alarm for a tick; for the next one when that has passed.
    mutating func set(for tick: Int64, _ ring: @escaping Ring) -> Place {
        let tick = max(tick, now)
        let slot = Self.slot(of: tick)
        lastNumber += 1
        let index = free.popLast() ?? alarms.endIndex
        if index == alarms.endIndex { alarms.append(nil) }
        alarms[index] = Alarm(number: lastNumber, tick: tick, ring: ring, next: firsts[slot])
        if let next = firsts[slot] { alarms[next]?.previous = index }
        firsts[slot] = index
        return Place(index: index, number: lastNumber)
    }

    /// Clears an alarm; `false` when it has rung, or was cleared before.
    mutating func clear(_ place: Place) -> Bool {
        guard alarms[place.index]?.number == place.number else { return false }
        remove(place.index)
        return true
    }

    /// Lets the time pass up to and with a tick, and returns what is due.
    mutating func pass(_ tick: Int64) -> [Ring] {
        var due: [Ring] = []
        while now <= tick {
            var next = firsts[Self.slot(of: now)]
            while let index = next, let alarm = alarms[index] {
                next = alarm.next
                guard alarm.tick <= now else { continue }
                due.append(alarm.ring)
                remove(index)
            }
            now += 1
        }
        return due
    }

    private mutating func remove(_ index: Int) {
        guard let alarm = alarms[index] else { return }
        alarms[index] = nil
        free.append(index)
        if let next = alarm.next { alarms[next]?.previous = alarm.previous }
        if let previous = alarm.previous {
            alarms[previous]?.next = alarm.next
        } else {
            firsts[Self.slot(of: alarm.tick)] = alarm.next
        }
    }

    private static func slot(of tick: Int64) -> Int {
        Int(truncatingIfNeeded: tick) & (slotCount - 1)
    }
}
