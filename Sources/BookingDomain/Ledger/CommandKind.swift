/// The kinds of command that this program knows, by the names they have in messages.
///
/// A program decides what it knows and leaves alone what it does not. So a field may be added to a kind only if
/// who ignores it decides the same; anything else is a new kind.
package enum CommandKind: String, Hashable, Sendable, CaseIterable {
    case book

    /// Whether every version that may run beside this one reads the kind, so that nobody need have said so.
    package var isReadByAll: Bool {
        switch self {
        case .book: true
        }
    }

    private static let lettersMax = 32

    /// Whether `text` could be the name of a kind that another program knows: letters alone, the first
    /// of them small.
    package static func isName(_ text: String) -> Bool {
        (1...lettersMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) }
            && text.utf8.first.map { $0 & 0x20 != 0 } ?? false
    }
}
