/// The kinds of command that this program knows, by the names they have in messages.
///
/// A program decides what it knows and leaves alone what it does not. So a field may be added to a kind only if
/// ignoring it decides the same; anything else is a new kind.
package enum CommandKind: String, Hashable, Sendable, CaseIterable {
    /// Book a basket.
    case book
    /// Hold a basket until it is confirmed or expires.
    case hold
    /// Confirm what is held.
    case confirm
    /// Keep what is held while it is being paid for.
    case pay
    /// Hold for longer.
    case extend
    case cancel
    /// Expire what is due.
    case tick

    /// Whether every version that may run beside this one reads the kind, so that no announcement is needed.
    package var isReadByAll: Bool {
        switch self {
        case .book: true
        case .hold, .confirm, .pay, .extend, .cancel, .tick: false
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
