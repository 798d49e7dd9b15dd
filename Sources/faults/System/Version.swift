/// Which of two builds of the program is run.
enum Version: Sendable {
    /// The one that is tried.
    case now
    /// The one that it takes the place of.
    case before

    var words: String {
        switch self {
        case .now: "the version of now"
        case .before: "the version before"
        }
    }
}
