/// Failures in a row: which of them are worth telling, so that what lasts is told more and more seldom.
///
/// Told are the first, each with a reason that is new, and the second, fourth, eighth, and so on.
package struct RepeatedFailures: Sendable {
    /// The longest run of failures of which nothing is told.
    private static let untoldMax = 128
    /// The most reasons that are told apart; a cluster has one for each of its addresses.
    private static let reasonsMax = 16

    private var reasons: Set<String> = []
    package private(set) var count = 0

    package init() {}

    /// Something failed; whether to tell.
    package mutating func failed(_ reason: String) -> Bool {
        count += 1
        let isNew = reasons.count < Self.reasonsMax && reasons.insert(reason).inserted
        return isNew || count.nonzeroBitCount == 1 || count % Self.untoldMax == 0
    }

    /// It works again; how often it had failed.
    package mutating func succeeded() -> Int {
        defer { self = RepeatedFailures() }
        return count
    }
}
