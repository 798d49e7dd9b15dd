import FoundationEssentials
import JSON

/// A file of settings: one JSON object with a member for each setting, named as in the table.
///
/// Values are strings, or whole numbers where a number is wanted; a list may be an array of strings.
struct SettingsFile: Sendable {
    /// The largest file that is read.
    static let bytesMax = 1 << 20

    let path: String
    /// The texts by the names of the settings.
    let values: [String: String]

    /// Whether a secret is written here, and not only the name of its file.
    var holdsSecrets: Bool {
        Settings.all.contains { $0.isSecret && values[$0.name] != nil }
    }

    /// Reads the file; what is wrong with it goes to `problems`, and what can be read is kept.
    static func read(_ path: String, problems: inout [SettingsProblem]) -> SettingsFile? {
        let origin = SettingOrigin.file(path)
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            problems.append(.unreadableFile(path, reason: "it cannot be read"))
            return nil
        }
        guard bytes.count <= bytesMax else {
            problems.append(.unreadableFile(path, reason: "it is larger than \(bytesMax) bytes"))
            return nil
        }
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes)
        } catch {
            problems.append(.unreadableFile(path, reason: "it is not JSON: \(error)"))
            return nil
        }
        guard case .object(let members) = document else {
            problems.append(.unreadableFile(path, reason: "it is not one JSON object"))
            return nil
        }
        var values: [String: String] = [:]
        for member in members {
            guard let setting = Settings.written.first(where: { $0.name == member.name }) else {
                problems.append(.unknownKey(member.name, path: path))
                continue
            }
            guard let text = text(of: member.value) else {
                problems.append(
                    .badValue(
                        setting, origin: origin, text: nil,
                        reason: "is neither a string nor a whole number"))
                continue
            }
            values[member.name] = text
        }
        return SettingsFile(path: path, values: values)
    }

    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .array(let elements):
            let texts = elements.compactMap(\.string)
            return texts.count == elements.count ? texts.joined(separator: ",") : nil
        case .null, .bool, .number, .object: return nil
        }
    }
}
