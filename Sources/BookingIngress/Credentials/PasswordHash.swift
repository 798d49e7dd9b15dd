import Crypto
import CryptoExtras
import Foundation

/// What scrypt (RFC 7914) spends on one password.
package struct ScryptCost: Hashable, Sendable {
    /// Log₂ of the number of rounds; memory is `2^logRounds × blockSize × 128` bytes.
    package let logRounds: Int
    package let blockSize: Int
    package let parallelism: Int

    /// `nil` for a cost that no machine of ours should be made to pay, or that protects nothing.
    package init?(
        logRounds: Int, blockSize: Int = 8, parallelism: Int = ScryptCost.standardParallelism
    ) {
        guard (4...18).contains(logRounds), (1...16).contains(blockSize),
            (1...4).contains(parallelism)
        else { return nil }
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    private init() {
        logRounds = 15
        blockSize = 8
        parallelism = Self.standardParallelism
    }

    /// The parallelism of new hashes: with 2^15 rounds one of the minima that OWASP recommends.
    package static let standardParallelism = 3

    /// 2^15 rounds, three times: 32 MiB and a quarter of a second of a core for one password.
    package static let standard = ScryptCost()

    /// How much work one password is; bounded by the limits of the parameters.
    private var work: Int { (1 << logRounds) * blockSize * parallelism }

    /// Spends what a password of that cost takes beyond one of this cost, if it takes more.
    func spendRest(of cost: ScryptCost) throws {
        for _ in 0..<max(0, cost.work / work - 1) {
            _ = try PasswordHash("", salt: [UInt8](repeating: 0, count: 16), cost: self)
        }
    }
}

/// A password as it is stored: the hash with its salt and cost, in one self-describing text.
///
/// The shape is that of the PHC string format: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, both in base64
/// without padding. So the cost can be changed for new passwords while old ones go on working: they are
/// hashed anew when their owner signs in.
struct PasswordHash: Hashable, Sendable, CustomStringConvertible {
    static let saltBytes = 16
    static let hashBytes = 32

    let cost: ScryptCost
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// Hashes a password; takes the time and memory that `cost` says, so keep it off event loops.
    init(_ password: String, salt: [UInt8], cost: ScryptCost) throws {
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(password, salt: salt, cost: cost)
    }

    /// A hash that no password has, to spend on an unknown address the time a known one takes.
    init(matchingNothing cost: ScryptCost) {
        self.cost = cost
        salt = [UInt8](repeating: 0, count: Self.saltBytes)
        hash = [UInt8](repeating: 0, count: Self.hashBytes)
    }

    /// Reads a stored hash; `nil` when it is not of the shape, or its cost is out of bounds.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = Self.cost(String(parts[2])), let salt = Self.bytes(parts[3]),
            let hash = Self.bytes(parts[4]), salt.count >= 8, hash.count == Self.hashBytes
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    var description: String {
        let parameters = "ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)"
        return "$scrypt$\(parameters)$\(Self.text(salt))$\(Self.text(hash))"
    }

    /// Whether this is the hash of `password`; takes as long as making it did.
    func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(password, salt: salt, cost: cost)
        return zip(hash, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(
        _ password: String, salt: [UInt8], cost: ScryptCost
    ) throws -> [UInt8] {
        // The same password typed on two systems may come composed or decomposed.
        let typed = Array(password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: typed, salt: salt, outputByteCount: hashBytes, rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism)
        return key.withUnsafeBytes { Array($0) }
    }

    private static func cost(_ text: String) -> ScryptCost? {
        let numbers = text.split(separator: ",").map { $0.split(separator: "=") }
        guard numbers.count == 3, numbers.allSatisfy({ $0.count == 2 }),
            numbers.map(\.[0]) == ["ln", "r", "p"], let logRounds = Int(numbers[0][1]),
            let blockSize = Int(numbers[1][1]), let parallelism = Int(numbers[2][1])
        else { return nil }
        return ScryptCost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("=", with: "")
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text + padding).map { Array($0) }
    }
}
