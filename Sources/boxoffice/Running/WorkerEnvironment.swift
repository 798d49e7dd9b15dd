/// What a process that is started for another may have of that one's environment: nothing that is not its own.
enum WorkerEnvironment {
    /// What any program may need: where it finds files and libraries, how it writes, and whom it trusts.
    private static let common: Set<String> = [
        "PATH", "HOME", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "SWIFT_BACKTRACE",
    ]
    private static let prefixes = ["LC_", "PG"]
    /// Those of tests: points and bugs of their build, and the mark by which they find what they started.
    private static let ofTests: Set<String> = [
        "BOXOFFICE_FAULTS_DIR", "BOXOFFICE_PLANTED_BUG", "BOXOFFICE_TEST_SERVICES_DIR",
    ]

    /// What a worker is given of the environment of its fleet, whose flags are `line`.
    static func filtered(
        _ environment: [String: String], adding line: SettingsLine
    ) -> [String: String] {
        let settings = WorkSettings.all.flatMap { [$0] + ($0.file.map { [$0] } ?? []) }
        let own = Set(settings.map(\.environmentVariable) + [Settings.fileVariable])
        var filtered = environment.filter { name, _ in
            common.contains(name) || ofTests.contains(name) || own.contains(name)
                || prefixes.contains(where: name.hasPrefix)
        }
        for setting in settings {
            guard let text = line.values[setting.name] else { continue }
            filtered[setting.environmentVariable] = text
        }
        if let file = line.file { filtered[Settings.fileVariable] = file }
        return filtered
    }
}
