import Testing

@testable import BookingIngress

struct PasswordTests {
    private static let cheap = ScryptCost(logRounds: 4) ?? .standard
    private let salt = Array(UInt8(0)..<16)

    @Test("a stored password tells all that is needed to check it, and matches only itself")
    func roundTrip() throws {
        let stored = try PasswordHash("correct horse", salt: salt, cost: Self.cheap).description
        #expect(stored.hasPrefix("$scrypt$ln=4,r=8,p=3$AAECAwQFBgcICQoLDA0ODw$"))
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

    @Test("a new hash costs one of the minima that OWASP recommends")
    func standardCost() {
        #expect(ScryptCost.standard == ScryptCost(logRounds: 15, blockSize: 8, parallelism: 3))
    }
}
