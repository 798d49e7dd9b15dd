import Foundation
import PackagePlugin

/// Writes the commit that is built into the program, at every build.
@main
struct BuildCommit: BuildToolPlugin {
    /// Leaves the file alone when it says the same, so that nothing is compiled again.
    private static let script = #"""
        commit=$(git -C "$1" describe --always --abbrev=12 --exclude='*' --dirty 2>/dev/null) || commit=unknown
        text="/// The commit that was built.
        enum BuildCommit { static let name = \"$commit\" }"
        [ "$(cat "$2/BuildCommit.swift" 2>/dev/null)" = "$text" ] ||
            printf '%s\n' "$text" >"$2/BuildCommit.swift"
        """#

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let directory = context.pluginWorkDirectoryURL.appending(path: "Generated")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return [
            .prebuildCommand(
                displayName: "Asking git which commit is built",
                executable: URL(filePath: "/bin/sh"),
                arguments: [
                    "-c", Self.script, "sh", context.package.directoryURL.path, directory.path,
                ],
                outputFilesDirectory: directory)
        ]
    }
}
