import Foundation

/// A text that is shown in one row (a name, a title, a venue): checks that it shows what it says.
///
/// What shows nothing is refused, for it makes a text look like another one: bidirectional overrides, soft hyphens,
/// spaces of no width, fillers. Variation selectors choose the look of what they follow. The two joiners are needed in Persian, in Indic scripts and in emoji; they
/// may stand between characters that can be seen, and nowhere else.
enum SingleRowText {
    private static let joiners: ClosedRange<UInt32> = 0x200C...0x200D
    /// The blank pattern of Braille, which is a symbol to Unicode.
    private static let brailleBlank: UInt32 = 0x2800

    /// What stands against the text, if anything.
    static func objection(to text: String) -> String? {
        var isAfterVisible = false
        var isAfterJoiner = false
        var isVisible = false
        for scalar in text.unicodeScalars {
            let isJoiner = joiners.contains(scalar.value)
            guard isJoiner || !isForbidden(scalar) else {
                return isControl(scalar)
                    ? "must not contain control characters"
                    : "must not contain characters that cannot be seen, such as \(name(of: scalar))"
            }
            let isSeen = isSeen(scalar)
            guard isJoiner ? isAfterVisible : !isAfterJoiner || isSeen else {
                return "must not contain a joiner but between characters that can be seen"
            }
            isAfterVisible = isSeen || isAfterVisible && !isJoiner && isMark(scalar)
            isAfterJoiner = isJoiner
            isVisible = isVisible || isSeen
        }
        guard isVisible else { return "must not be blank" }
        return isAfterJoiner ? "must not contain a joiner at its end" : nil
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        isControl(scalar) || scalar.properties.generalCategory == .format
            || scalar.properties.generalCategory == .privateUse
            || scalar.properties.isNoncharacterCodePoint
            || scalar.properties.isDefaultIgnorableCodePoint
                && !scalar.properties.isVariationSelector
    }

    /// The text as a person sees it: without what shows nothing, with blanks as one, whatever its case.
    static func seen(_ text: String) -> String {
        var seen = String.UnicodeScalarView()
        for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars
        where !scalar.properties.isDefaultIgnorableCodePoint {
            seen.append(scalar.value == brailleBlank ? " " : scalar)
        }
        return String(seen).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            .uppercased().lowercased()
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Whether the scalar shows something by itself.
    private static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
        !isForbidden(scalar) && !isMark(scalar) && !scalar.properties.isWhitespace
            && scalar.properties.generalCategory != .unassigned
            && !scalar.properties.isDefaultIgnorableCodePoint && scalar.value != brailleBlank
    }

    private static func name(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
