/// A budget that each key of a policy has: a quota at once, and again over each window.
///
/// The quota comes back evenly: a key that has used it up gets one unit after `window / quota`. Only a key
/// that asks for more than that in the long run, or for more than the quota at once, meets the limit.
package struct RatePolicy: Hashable, Sendable {
    /// The most units that a key can have.
    package static let quotaMax = 1_000_000
    /// The longest window, in seconds: a day.
    package static let windowSecondsMax = 86_400

    /// What clients and metrics know it by: lower-case letters and hyphens.
    package let name: String
    package let quota: Int
    package let windowSeconds: Int
    /// Policies of the same scope share what their keys have used; they must have the same ``interval``.
    package let scope: UInt16
    /// How long it takes until one more unit is there, in nanoseconds.
    package let interval: Int64

    /// Numbers beyond the limits are taken as the nearest that is within them.
    package init(_ name: String, quota: Int, windowSeconds: Int, scope: UInt16) {
        let quota = min(max(quota, 1), Self.quotaMax)
        let windowSeconds = min(max(windowSeconds, 1), Self.windowSecondsMax)
        self.name = name
        self.quota = quota
        self.windowSeconds = windowSeconds
        self.scope = scope
        interval = Int64(windowSeconds) * 1_000_000_000 / Int64(quota)
    }

    /// Appends the policy as an item of the field `RateLimit-Policy`.
    func appendField(to text: inout String) {
        text += "\""
        text += name
        text += "\";q="
        text += String(quota)
        text += ";w="
        text += String(windowSeconds)
    }

    /// How much debt a key may have, in nanoseconds.
    var depth: Int64 { interval * Int64(quota) }
}
