/// Tells secrets that were made by chance from those that were copied from an example or typed.
enum SecretQuality {
    /// How many different bytes a secret has at least: of 32 bytes made by chance thirty differ, as a rule, and
    /// fewer than this never in practice.
    static let differentBytesMin = 12
    /// What stands in examples where a secret belongs.
    private static let placeholders = [
        "change-me", "change_me", "changeme", "replace", "placeholder", "example", "password",
        "insecure", "your-", "your_", "secret", "do-not-use", "development", "qwerty",
    ]
    /// How what was to be filled in begins and ends; one of the two stands in many a secret by chance.
    private static let templates = [("${", "}"), ("$(", ")"), ("{{", "}}")]
    /// What stands in examples as the password of a URL.
    private static let placeholderPasswords: Set<String> = [
        "change-me", "change_me", "changeme", "replace-me", "replace_me", "replaceme",
        "placeholder", "example", "password", "your-password", "<password>", "xxx", "...", "***",
    ]

    /// Throws unless key material may have been made by chance; `text` is as it was written.
    static func check(_ bytes: [UInt8], writtenAs text: String) throws(SettingRefusal) {
        let lower = text.lowercased()
        let isTemplate =
            templates.contains { lower.contains($0.0) && lower.contains($0.1) }
            || lower.hasPrefix("<") && lower.hasSuffix(">")
        guard !isTemplate, !placeholders.contains(where: lower.contains) else {
            throw SettingRefusal("is a placeholder, not a secret")
        }
        guard !text.contains(where: \.isWhitespace),
            text.unicodeScalars.allSatisfy({ !$0.properties.isDefaultIgnorableCodePoint })
        else {
            throw SettingRefusal("was not made by chance: it has blanks in it")
        }
        // Of so many hexadecimal digits made by chance some are letters.
        guard !text.allSatisfy(\.isNumber) else {
            throw SettingRefusal("was not made by chance: it has no letter")
        }
        guard Set(bytes).count >= differentBytesMin, !isRepeated(bytes), !isRow(bytes) else {
            throw SettingRefusal("was not made by chance: it repeats itself, or counts on")
        }
    }

    /// Throws when the password of a URL is one of those that examples have.
    static func check(url: String) throws(SettingRefusal) {
        let rest = url.split(separator: "://", maxSplits: 1).last ?? ""
        guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") else {
            return
        }
        let password = rest[rest.index(after: colon)..<at]
        guard !placeholderPasswords.contains(password.lowercased()) else {
            throw SettingRefusal("has a placeholder for the password")
        }
    }

    /// Whether it is a shorter text twice or more, perhaps cut off.
    private static func isRepeated(_ bytes: [UInt8]) -> Bool {
        (1...max(1, bytes.count / 2)).contains { period in
            zip(bytes, bytes.dropFirst(period)).allSatisfy(==)
        }
    }

    /// Whether most bytes follow those before them at the same distance, as in `abcdefgh`.
    private static func isRow(_ bytes: [UInt8]) -> Bool {
        var distances: [UInt8: Int] = [:]
        for (byte, next) in zip(bytes, bytes.dropFirst()) {
            distances[next &- byte, default: 0] += 1
        }
        return (distances.values.max() ?? 0) > bytes.count / 2
    }
}
