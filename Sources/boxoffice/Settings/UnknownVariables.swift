import FaultPoints

/// Finds environment variables that look like settings and are none: most often typing errors.
enum UnknownVariables {
    /// Variables that belong to tests and tools around the program.
    private static let foreignPrefixes = ["BOXOFFICE_TEST_"]
    private static let foreign: Set<String> =
        FaultPoint.areThere
        ? ["BOXOFFICE_BIN", "BOXOFFICE_FAULTS_DIR", "BOXOFFICE_PLANTED_BUG"] : ["BOXOFFICE_BIN"]

    /// A sentence for each of them, sorted by name; the values stay out, they may be secrets.
    static func warnings(in environment: [String: String]) -> [String] {
        let known = Settings.written.map(\.environmentVariable) + [Settings.fileVariable]
        let unknown = environment.keys.filter { name in
            name.hasPrefix(SettingSources.environmentPrefix) && !known.contains(name)
                && !foreign.contains(name) && !foreignPrefixes.contains(where: name.hasPrefix)
        }
        return unknown.sorted().map { name in
            "there is no environment variable \(name)" + Suggestion.text(for: name, among: known)
        }
    }
}
