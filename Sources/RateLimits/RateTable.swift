/// The debts of many keys in a fixed room.
///
/// A key has its place in one of many small rows, found by a hash that nobody outside can foresee; only the hash
/// is kept. A newcomer takes a place whose debt is paid, of which nothing need be remembered. In a row full of
/// debts the smallest one is forgotten. So whoever comes with many keys forgets mostly what those keys owe: to
/// have a debt forgotten, its row must be filled with larger ones, which cost as many units each.
struct RateTable: Sendable {
    /// How many keys share a row.
    static let rowKeys = 8

    private struct Place {
        var hash: UInt64
        var debt: RateDebt
    }

    private var places: [Place]
    private let rowMask: Int

    /// A table with room for `keysMax` keys, rounded up to a power of two.
    init(keysMax: Int) {
        var rows = 1
        while rows * Self.rowKeys < keysMax { rows *= 2 }
        rowMask = rows - 1
        places = Array(
            repeating: Place(hash: 0, debt: .none), count: rows * Self.rowKeys)
    }

    /// How many keys there is room for.
    var capacity: Int { places.count }

    /// How many keys have debts.
    func debtors(at now: Int64) -> Int { places.count { !$0.debt.isPaid(at: now) } }

    /// What the key has used.
    func debt(of hash: UInt64) -> RateDebt { find(hash).map { places[$0].debt } ?? .none }

    /// Notes what the key has used.
    mutating func set(_ debt: RateDebt, of hash: UInt64, at now: Int64) {
        if let place = find(hash) {
            places[place].debt = debt
        } else if !debt.isPaid(at: now) {
            places[placeForNewcomer(hash)] = Place(hash: hash, debt: debt)
        }
    }

    private func row(of hash: UInt64) -> Range<Int> {
        let start = Int(truncatingIfNeeded: hash) & rowMask
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
