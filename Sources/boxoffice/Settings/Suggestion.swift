/// Guesses what was meant by a name that does not exist.
enum Suggestion {
    /// `; did you mean …?`, or nothing when no known name is near.
    static func text(for name: String, among known: [String]) -> String {
        nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
    }

    /// The known name with the fewest letters to change, unless too many differ.
    static func nearest(to name: String, among known: [String]) -> String? {
        let name = Array(name.utf8.prefix(lettersMax))
        let distances = known.map { ($0, distance(name, Array($0.utf8))) }
        guard let best = distances.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(2, name.count / 4) ? best.0 : nil
    }

    /// The longest name that is compared.
    private static let lettersMax = 100

    /// Levenshtein's distance, row by row.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
