import Foundation
import Testing

@testable import boxoffice

@Suite("A crash", .timeLimit(.minutes(1)))
struct CrashTests {
    /// Nothing answers at these addresses: the programs start all the same, and wait.
    static let nowhere = [
        "BOXOFFICE_DIRECTORY_URL": "postgresql://127.0.0.1:1/directory",
        "BOXOFFICE_SHARD_URLS": "postgresql://127.0.0.1:1/shard",
        "BOXOFFICE_BROKER_URL": "amqp://127.0.0.1:1",
        "BOXOFFICE_SECRET": Written.secret,
        "BOXOFFICE_HTTP_PORT": "0", "BOXOFFICE_MANAGEMENT_PORT": "0",
    ]
    private static let patience = Duration.milliseconds(500)

    @Test(
        "A program that crashes is gone within half a second, and writes no backtrace",
        arguments: ["serve", "work", "scale"], [SIGILL, SIGTRAP, SIGSEGV])
    func isQuick(command: String, signal: Int32) async throws {
        let (time, run) = try await BuiltProgram.start([command], environment: Self.nowhere) {
            _ = try await $0.capture(/(management listens)/)
            return await $0.timeToEnd(by: signal)
        }
        #expect(time < Self.patience)
        #expect(run.status == signal)
        #expect(!run.error.contains("Backtrace"))
        #expect(!run.error.contains("Crash"))
    }
}
