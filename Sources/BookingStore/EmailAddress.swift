import Foundation

/// An e-mail address: as somebody writes it, and the one form of it that accounts are told apart by.
///
/// Two ways to write it have the same canonical form when people, or the domain name system, take them for one:
/// case, composed or decomposed letters, and domains in Unicode or as A-labels do not matter. The local part is
/// in NFC and folded (Unicode's full case folding), the domain consists of the A-labels of UTS #46
/// (non-transitional, so `straße.de` and `strasse.de` stay two domains, as they are in the DNS).
package struct EmailAddress: Hashable, Sendable {
    /// As its owner writes it.
    package let text: String
    package let canonical: String

    /// The most octets of a local part and of a domain's label (RFC 5321, RFC 1035).
    private static let localPartMax = 64
    private static let labelMax = 63

    /// `nil` for what cannot be an address; whether it is one, only a letter to it could tell.
    package init?(_ text: String) {
        // Composed, so that an address is as long however it is typed.
        let composed = text.precomposedStringWithCanonicalMapping
        let parts = composed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...Self.localPartMax).contains(parts[0].utf8.count),
            composed.unicodeScalars.allSatisfy(\.isAllowedInAddress),
            composed.unicodeScalars.first?.properties.canonicalCombiningClass == .notReordered,
            let domain = Self.labels(of: String(parts[1])), Self.isDomain(domain)
        else { return nil }
        self.text = text
        canonical = Self.folded(String(parts[0])) + "@" + domain
    }

    /// The canonical form of any text, also of what older versions took for an address.
    package static func canonical(of text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return folded(text) }
        let domain = String(text[text.index(after: at)...])
        return folded(String(text[..<at])) + "@" + (labels(of: domain) ?? folded(domain))
    }

    /// A domain in A-labels and small letters; `nil` when it has none.
    private static func labels(of domain: String) -> String? {
        // Foundation traps when it is given other ASCII characters.
        let isPlain = domain.utf8.allSatisfy { byte in
            byte >= 0x80 || byte == UInt8(ascii: ".") || isLetterDigitHyphen(byte)
                || (0x41...0x5A).contains(byte)
        }
        guard isPlain else { return nil }
        if domain.utf8.allSatisfy({ $0 < 0x80 }) {
            let domain = domain.lowercased()
            guard domain.split(separator: ".").contains(where: { $0.hasPrefix("xn--") }) else {
                return domain
            }
            // An A-label stands for one Unicode label, and that one for no other A-label.
            var components = URLComponents()
            components.encodedHost = domain
            return components.host.flatMap { encoded($0) } == domain ? domain : nil
        }
        return encoded(domain)
    }

    private static func encoded(_ domain: String) -> String? {
        var components = URLComponents()
        components.host = domain.precomposedStringWithCanonicalMapping
        return components.encodedHost?.lowercased()
    }

    /// At least two labels of letters, digits and hyphens, with no hyphen at an end.
    private static func isDomain(_ domain: String) -> Bool {
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...labelMax).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy(isLetterDigitHyphen)
            }
    }

    /// Whether a byte is a small letter, a digit or a hyphen.
    private static func isLetterDigitHyphen(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A, 0x2D: true
        default: false
        }
    }

    private static func folded(_ text: String) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
            folded.append(contentsOf: scalar.folded)
        }
        return String(folded).precomposedStringWithCanonicalMapping
    }
}

extension Unicode.Scalar {
    /// Its full case folding, but that Cherokee's small letters stand for its capitals instead of the
    /// other way round.
    ///
    /// Compared with CaseFolding.txt of Unicode 14 over all scalars: it tells the same apart.
    fileprivate var folded: String.UnicodeScalarView {
        // The only letter whose capital is another letter's: dotless i.
        guard value != 0x131 else { return String(self).unicodeScalars }
        let capitals = properties.lowercaseMapping.unicodeScalars.map(\.properties.uppercaseMapping)
        return capitals.joined().unicodeScalars.map(\.properties.lowercaseMapping).joined()
            .unicodeScalars
    }

    /// What separates the parts of a header (RFC 5322's specials), what looks like an at sign, and the blank of
    /// Braille.
    private static let forbiddenInAddress = Set(
        "()<>[]:;,\\\"\u{FF20}\u{FE6B}\u{2800}".unicodeScalars)

    /// Whether it can be seen in an address: not white space, nor a control or format character.
    fileprivate var isAllowedInAddress: Bool {
        guard !properties.isWhitespace, !properties.isDefaultIgnorableCodePoint,
            !Self.forbiddenInAddress.contains(self)
        else { return false }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            return false
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber,
            .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation,
            .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation,
            .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
            return true
        @unknown default: return false
        }
    }
}
