import Foundation
import Glibc

/// The seed that all inputs follow from.
enum InputSeed {
    /// `BOXOFFICE_TEST_INPUT_SEED`, or always the same.
    static var current: UInt64 {
        ProcessInfo.processInfo.environment["BOXOFFICE_TEST_INPUT_SEED"].flatMap { UInt64($0) }
            ?? 13
    }
}

/// The input that is being read, in a file, where it is found when reading it ended the process.
final class LastInput {
    private static let bytesMax = 64 * 1024

    private let path: String
    // SAFETY: mapped by the initializer, unmapped by the deinitializer, and used by one test only.
    private let memory: UnsafeMutableRawPointer

    /// Keeps inputs of a parser in `boxoffice-input-PARSER`, in the folder for temporary files.
    init(of parser: String) throws {
        path =
            FileManager.default.temporaryDirectory.appending(path: "boxoffice-input-\(parser)").path
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        defer { close(file) }
        guard ftruncate(file, Self.bytesMax) == 0,
            let memory = mmap(nil, Self.bytesMax, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            memory != MAP_FAILED
        else { throw CocoaError(.fileWriteUnknown) }
        self.memory = memory
    }

    deinit { munmap(memory, Self.bytesMax) }

    /// Keeps an input, behind its length in eight bytes.
    func keep(_ input: [UInt8]) {
        let count = min(input.count, Self.bytesMax - 8)
        memory.storeBytes(of: count, as: Int.self)
        input.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            (memory + 8).copyMemory(from: start, byteCount: count)
        }
    }

    /// Takes the file away.
    func forget() { unlink(path) }
}
