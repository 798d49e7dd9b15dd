/// Why an ingress cannot be set up, or cannot go on; safe to print.
package enum IngressError: Error, Hashable, Sendable, CustomStringConvertible {
    case badShardCount
    /// Something that is to run as long as the ingress has ended.
    case partEnded(String)

    package var description: String {
        switch self {
        case .badShardCount: "the number of shards must be 1 to 4096"
        case .partEnded(let part): "\(part) has ended before the ingress was told to stop"
        }
    }
}
