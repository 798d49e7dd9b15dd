import ChildProcesses
import Foundation

/// The setup that all runs of a drill share: the servers, the program under test, and databases to copy.
struct DrillSetup: Sendable {
    let services: Services
    /// The program `boxoffice`, built with its fault points.
    let program: String
    /// Where the runs leave their folders.
    let folder: URL
    /// The first of the ports the programs listen on.
    let firstPort: Int
    let console: Console
    let template: RunDatabases

    /// Prepares the databases that every run gets a copy of.
    init(
        services: Services, program: String, folder: URL, firstPort: Int, console: Console
    ) async throws {
        self.services = services
        self.program = program
        self.folder = folder
        self.firstPort = firstPort
        self.console = console
        template = RunDatabases("template", services: services)
        try await template.create()
        try await RunningProcess.run(
            [program, "migrate"],
            environment: Services.toolEnvironment.merging(template.settings) { _, new in new },
            folder: services.folder, within: FaultLimits.startMax)
        try await template.audit()
    }
}
