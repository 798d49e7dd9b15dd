import Testing

@testable import BookingIngress

struct PasswordTests {
    private static let cheap = ScryptCost(logRounds: 4) ?? .standard
    private let salt = Array(UInt8(0)..<16)

    @Test("a stored password tells all that is needed to check it, and matches only itself")
    func roundTrip() throws {
        let stored = try PasswordHash("correct horse", salt: salt, cost: Self.cheap).description
        #expect(stored.hasPrefix("$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$"))
        let read = try #require(PasswordHash(stored))
        #expect(try read.matches("correct horse"))
        #expect(try !read.matches("correct horse "))
        #expect(try !read.matches(""))
    }

    @Test("the hash is scrypt's, by the test vector of RFC 7914")
    func vector() throws {
        let cost = try #require(ScryptCost(logRounds: 14, blockSize: 8, parallelism: 1))
        let hash = try PasswordHash("pleaseletmein", salt: Array("SodiumChloride".utf8), cost: cost)
        // The first 32 bytes of the vector.
        #expect(
            hash.description.hasSuffix("$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"))
    }

    @Test("a password typed composed or decomposed is the same")
    func normalized() throws {
        let hash = try PasswordHash("caf\u{e9} au lait", salt: salt, cost: Self.cheap)
        #expect(try hash.matches("cafe\u{301} au lait"))
    }

    @Test(
        "what is no stored password is not read, nor is one of a ruinous cost",
        arguments: [
            "", "secret", "$scrypt$", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA",
            "$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$",
            "$scrypt$ln=30,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$"
                + "AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8",
            "$scrypt$r=8,ln=4,p=1$AAECAwQFBgcICQoLDA0ODw$"
                + "AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8",
            "$scrypt$ln=x,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$"
                + "AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8",
        ])
    func refuses(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test("the hasher salts each hash anew, and finds no match where nothing is stored")
    func hasher() async throws {
        let hasher = PasswordHasher(
            threads: 2, cost: Self.cheap, random: { .random(in: .min ... .max) })
        try await hasher.withThreads {
            let first = try await hasher.hash("correct horse")
            let second = try await hasher.hash("correct horse")
            #expect(first != second)
            #expect(try await hasher.matches("correct horse", stored: first))
            #expect(try await hasher.matches("correct horse", stored: second))
            #expect(try await !hasher.matches("battery staple", stored: first))
            #expect(try await !hasher.matches("correct horse", stored: nil))
            #expect(try await !hasher.matches("correct horse", stored: "not a hash"))
        }
    }

    @Test("beyond its line the hasher refuses instead of waiting")
    func bounded() async throws {
        let costly = try #require(ScryptCost(logRounds: 9))
        let hasher = PasswordHasher(
            threads: 1, cost: costly, random: { .random(in: .min ... .max) })
        let refused = try await hasher.withThreads {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<(PasswordHasher.waitingMax * 3) {
                    group.addTask {
                        do {
                            _ = try await hasher.hash("correct horse")
                            return false
                        } catch Refusal.overloaded(.passwords) {
                            return true
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(refused > 0)
        #expect(refused < PasswordHasher.waitingMax * 3)
    }
}
