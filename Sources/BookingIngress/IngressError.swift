/// Why an ingress cannot be set up; safe to print.
package enum IngressError: Error, Hashable, Sendable, CustomStringConvertible {
    case secretTooShort
    case badShardCount

    package var description: String {
        switch self {
        case .secretTooShort:
            "the secret must have at least \(SecretKeys.secretBytesMin) bytes"
        case .badShardCount: "the number of shards must be 1 to 4096"
        }
    }
}
