import BookingDomain

/// A part of the program that reads bytes which somebody else wrote.
///
/// The property tests feed it with anything. It may refuse them; it must not trap, and what
/// it takes must be sound.
struct InputParser: Sendable {
    /// What it is called in the tests.
    let name: String
    /// Inputs that are taken, from which others are made.
    let samples: [[UInt8]]
    /// Reads an input and tells whether it was taken; throws ``Unsound`` when it should not have been.
    let read: @Sendable ([UInt8]) async throws -> Bool

    init(
        _ name: String, _ samples: [String],
        _ read: @escaping @Sendable ([UInt8]) async throws -> Bool
    ) {
        self.init(name, bytes: samples.map { Array($0.utf8) }, read)
    }

    init(
        _ name: String, bytes samples: [[UInt8]],
        _ read: @escaping @Sendable ([UInt8]) async throws -> Bool
    ) {
        self.name = name
        self.samples = samples
        self.read = read
    }

    /// All there are.
    static let all =
        [json] + bodies + requests + identifiers + messages + rows + log + brokerInputs
        + settings
}

/// An input was taken, and something is wrong with what was made of it.
struct Unsound: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static func unless(_ holds: Bool, _ description: @autoclosure () -> String) throws(Unsound) {
        guard holds else { throw Unsound(description()) }
    }
}

/// A fixed authenticator, so that ids and samples are the same in every run.
struct FixedAuthenticator: MessageAuthenticator {
    func authenticationCode(for message: [UInt8]) -> [UInt8] {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in message { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (0..<32).map { UInt8(truncatingIfNeeded: hash >> UInt64($0 % 8 * 8)) }
    }
}
