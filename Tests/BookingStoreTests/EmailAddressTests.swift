import BookingStore
import Testing

@Suite("An e-mail address")
struct EmailAddressTests {
    @Test(
        "Different ways to write an address have one canonical form",
        arguments: [
            ("Ada@Example.ORG", "ada@example.org"),
            // Composed and decomposed, and in capitals.
            ("ANDRE\u{301}@x.org", "andr\u{E9}@x.org"),
            // The sharp s, small and capital, and its two letters.
            ("stra\u{DF}e@x.org", "strasse@x.org"), ("STRA\u{1E9E}E@x.org", "strasse@x.org"),
            // The final sigma, as the capital does not tell which it is.
            ("\u{3BD}\u{3B9}\u{3C2}@x.org", "\u{3BD}\u{3B9}\u{3C3}@x.org"),
            ("\u{39D}\u{399}\u{3A3}@x.org", "\u{3BD}\u{3B9}\u{3C3}@x.org"),
            // The dotless i is a letter of its own; the dotted capital is an i with a dot.
            ("\u{131}@x.org", "\u{131}@x.org"), ("\u{130}@x.org", "i\u{307}@x.org"),
            // Cherokee: small letters stand for the capitals.
            ("\u{13A0}@x.org", "\u{AB70}@x.org"), ("\u{AB70}@x.org", "\u{AB70}@x.org"),
            ("\u{FB01}@x.org", "fi@x.org"),
            ("a@M\u{DC}NCHEN.de", "a@xn--mnchen-3ya.de"),
            ("a@mu\u{308}nchen.de", "a@xn--mnchen-3ya.de"),
            ("a@XN--MNCHEN-3YA.DE", "a@xn--mnchen-3ya.de"),
            ("a@\u{65E5}\u{672C}\u{3002}jp", "a@xn--wgv71a.jp"),
            // Two domains to the DNS, whatever they look like.
            ("a@stra\u{DF}e.de", "a@xn--strae-oqa.de"), ("a@STRASSE.de", "a@strasse.de"),
            ("o'hara+tag@x.org", "o'hara+tag@x.org"),
            // Too long for a local part only as long as it is decomposed.
            (
                String(repeating: "e\u{301}", count: 30) + "@m\u{FC}nchen.de",
                String(repeating: "\u{E9}", count: 30) + "@xn--mnchen-3ya.de"
            ),
        ])
    func canonical(text: String, canonical: String) throws {
        let address = try #require(EmailAddress(text))
        #expect(address.canonical.utf8.elementsEqual(canonical.utf8), "\(address.canonical)")
        #expect(address.text.utf8.elementsEqual(text.utf8))
        // The canonical form is its own.
        #expect(EmailAddress.canonical(of: address.canonical) == address.canonical)
    }

    @Test(
        "What cannot be an address is none",
        arguments: [
            "", "@", "a", "a@", "@x.org", "a@x", "a@x..org", "a@.x.org", "a@x.org.", "a@b@x.org",
            "a b@x.org", "a@x y.org", "a@x_y.org", "a@-x.org", "a@x-.org", "a@x/y.org",
            "a@x%20.org",
            "a\u{200B}@x.org", "a\u{AD}@x.org", "a\u{202E}@x.org", "a\u{3164}@x.org",
            "a\u{FEFF}@x.org",
            "a\u{2800}@x.org", "a\u{FF20}b@x.org", "\u{301}a@x.org", "<a>@x.org", "a,b@x.org",
            "a;@x.org", "\"a\"@x.org", "a\u{7}@x.org", "a\u{2028}@x.org", "a\u{E000}@x.org",
            "a\u{A0}@x.org",
            "a@x\u{200B}.org", "a@x\u{AD}y.org", "a@xn--a.org", "a@xn--zzzzzz-.org",
            "a@[127.0.0.1]",
            String(repeating: "a", count: 65) + "@x.org",
            "a@" + String(repeating: "b", count: 64) + ".org",
        ])
    func refused(text: String) {
        #expect(EmailAddress(text) == nil)
        // Older versions may have taken it for one, and find the account by it.
        #expect(EmailAddress.canonical(of: text) == EmailAddress.canonical(of: text.uppercased()))
    }

    @Test("No character makes the program trap, wherever it stands")
    func anyCharacter() {
        let ascii = (0..<0x80).compactMap { Unicode.Scalar($0) }
        // Among them what compatibility mappings turn into ASCII.
        let others = (0x80...0x2FFFF).compactMap { Unicode.Scalar($0) }
            .filter { $0.value % 7 == 0 || (0xFE00...0xFFFF).contains($0.value) }
        for scalar in ascii + others {
            for domain in [
                "xn--a\(scalar)b.de", "xn--\(scalar)", "\u{FC}\(scalar)b.de",
                "\(scalar)xn--a.d\u{E9}",
                "xn--mnchen-3ya\(scalar).de", "[\(scalar)\u{FC}].de",
            ] {
                let address = EmailAddress("a@\(domain)")
                #expect(address.map { $0.canonical.utf8.allSatisfy { $0 < 0x80 } } ?? true)
                _ = EmailAddress.canonical(of: "a@\(domain)")
            }
        }
    }
}
