/// The debts of many keys in a bounded room.
///
/// A key has its place in one of many small rows, found by a hash that nobody outside can foresee; only the hash
/// is kept. A newcomer takes a place whose debt is paid, of which nothing need be remembered. When a row is full
/// of debts the table grows, and once it may not grow any more, the smallest debt of the row is forgotten. So whoever comes with many keys forgets mostly what those keys owe: to
/// have a debt forgotten, its row must be filled with larger ones, which cost as many units each.
struct RateTable: Sendable {
    /// How many keys share a row.
    static let rowKeys = 8

    private struct Place {
        var hash: UInt64
        var debt: RateDebt
    }

    /// How many rows there are at first: few, for what is seldom in use is slow to reach.
    private static let rowsMin = 128

    private var places: [Place]
    private let rowsMax: Int

    /// A table with room for `keysMax` keys, rounded up to a power of two.
    init(keysMax: Int) {
        var rows = 1
        while rows * Self.rowKeys < keysMax { rows *= 2 }
        rowsMax = rows
        places = Self.places(rows: min(rows, Self.rowsMin))
    }

    private static func places(rows: Int) -> [Place] {
        Array(repeating: Place(hash: 0, debt: .none), count: rows * rowKeys)
    }

    /// How many keys there is room for at most.
    var capacity: Int { rowsMax * Self.rowKeys }

    /// How many keys have debts.
    func debtors(at now: Int64) -> Int { places.count { !$0.debt.isPaid(at: now) } }

    /// What the key has used.
    func debt(of hash: UInt64) -> RateDebt { find(hash).map { places[$0].debt } ?? .none }

    /// Notes what the key has used.
    mutating func set(_ debt: RateDebt, of hash: UInt64, at now: Int64) {
        if let place = find(hash) {
            places[place].debt = debt
        } else if !debt.isPaid(at: now) {
            var place = placeForNewcomer(hash)
            while !places[place].debt.isPaid(at: now), rows < rowsMax {
                grow(at: now)
                place = placeForNewcomer(hash)
            }
            places[place] = Place(hash: hash, debt: debt)
        }
    }

    private var rows: Int { places.count / Self.rowKeys }

    /// Doubles the rows: each becomes two, so all debts find a place.
    private mutating func grow(at now: Int64) {
        let before = places
        places = Self.places(rows: 2 * rows)
        for place in before where !place.debt.isPaid(at: now) {
            places[placeForNewcomer(place.hash)] = place
        }
    }

    private func row(of hash: UInt64) -> Range<Int> {
        let start = Int(truncatingIfNeeded: hash) & (rows - 1)
        return (start * Self.rowKeys)..<((start + 1) * Self.rowKeys)
    }

    private func find(_ hash: UInt64) -> Int? { row(of: hash).first { places[$0].hash == hash } }

    /// Where the least is lost: what was paid first, or will be.
    private func placeForNewcomer(_ hash: UInt64) -> Int {
        let row = row(of: hash)
        return row.reduce(row.lowerBound) {
            places[$1].debt.paidAt < places[$0].debt.paidAt ? $1 : $0
        }
    }
}
